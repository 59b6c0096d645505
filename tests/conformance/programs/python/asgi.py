"""An ASGI application around what answers a body, as frameworks on uvicorn have one inside."""

OCTETS = b"application/octet-stream"


def asgi_of(answer_to):
    """`await answer_to(body)` is the answer to a POST; other methods get an empty one."""

    async def app(scope, receive, send):
        if scope["type"] != "http":
            return  # The protocol of starts and stops is optional.
        body, more = b"", True
        while more:
            part = await receive()
            body, more = body + part.get("body", b""), part.get("more_body", False)
        answer = await answer_to(body) if scope["method"] == "POST" else b""
        headers = [(b"content-type", OCTETS), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    return app
