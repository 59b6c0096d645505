"""An authority of the test's own, and certificates that it signs, by the openssl command."""
import subprocess


def _openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


class Authority:
    def __init__(self, directory, name="authority"):
        self._directory = directory
        self.certificate = directory / f"{name}.pem"
        self._key = directory / f"{name}.key"
        _openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-days", "2", "-subj", f"/CN={name}", "-keyout", str(self._key),
            "-out", str(self.certificate),
        )

    def sign(self, name, alternatives="IP:127.0.0.1,DNS:localhost"):
        """Paths of a certificate and its key."""
        base = self._directory / name
        request, extensions = base.with_suffix(".csr"), base.with_suffix(".ext")
        certificate, key = base.with_suffix(".pem"), base.with_suffix(".key")
        extensions.write_text(f"subjectAltName={alternatives}\n")
        _openssl(
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-keyout", str(key), "-out", str(request),
        )
        _openssl(
            "x509", "-req", "-in", str(request), "-CA", str(self.certificate),
            "-CAkey", str(self._key), "-CAcreateserial", "-days", "1",
            "-extfile", str(extensions), "-out", str(certificate),
        )
        return certificate, key

    def lock(self, key, password):
        """The key again, encrypted."""
        locked = key.with_suffix(".locked")
        _openssl(
            "pkcs8", "-topk8", "-in", str(key), "-out", str(locked), "-v2", "aes-256-cbc",
            "-passout", f"pass:{password}",
        )
        return locked
