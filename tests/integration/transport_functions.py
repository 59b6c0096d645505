"""The functions of raw_functions.py behind another transport: TLS, a Unix socket, packed answers.

  --port N | --unix PATH         where it listens
  --certificate C --key K        TLS with this certificate
  --client-authority CA          clients need a certificate of this authority
  --pack gzip|deflate            how answers are packed
"""
import argparse
import asyncio
import ssl

from aiohttp import web
from function_server import BODY_BYTES_MAX, octets
from raw_functions import answer
from statefun.request_reply_pb2 import ToFunction


def handler(coding):
    async def statefun(request):
        batch = ToFunction.FromString(await request.read()).invocation
        response = octets(answer(batch).SerializeToString())
        response.headers["X-Path"] = request.path
        if coding:
            response.enable_compression(web.ContentCoding(coding))
        print(request.path, request.headers["Host"], request.headers["Accept-Encoding"], flush=True)
        return response

    return statefun


def tls(arguments):
    if not arguments.certificate:
        return None
    context = ssl.create_default_context(
        ssl.Purpose.CLIENT_AUTH, cafile=arguments.client_authority
    )
    context.load_cert_chain(arguments.certificate, arguments.key)
    if arguments.client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def serve(arguments):
    app = web.Application(client_max_size=BODY_BYTES_MAX)
    app.add_routes([web.post("/{path:.*}", handler(arguments.pack))])
    runner = web.AppRunner(app)
    await runner.setup()
    if arguments.unix:
        site = web.UnixSite(runner, arguments.unix)
    else:
        site = web.TCPSite(runner, "127.0.0.1", arguments.port, ssl_context=tls(arguments))
    await site.start()
    print("listening", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--unix")
    parser.add_argument("--certificate")
    parser.add_argument("--key")
    parser.add_argument("--client-authority")
    parser.add_argument("--pack")
    asyncio.run(serve(parser.parse_args()))
