"""Records golden/*.json anew, with the SDKs in build/sdks.

    PYTHONPATH=../integration ../../build/venv/bin/python record_golden.py [LANGUAGE]...
"""
import json
import sys

import golden
import sdks


def main(languages):
    golden.FOLDER.mkdir(exist_ok=True)
    for language in languages or sdks.LANGUAGES:
        entries = golden.record(language)
        text = json.dumps(entries, indent=1, ensure_ascii=False)
        golden.path(language).write_text(text + "\n")
        print(f"{language}: {len(entries)} exchanges")


if __name__ == "__main__":
    main(sys.argv[1:])
