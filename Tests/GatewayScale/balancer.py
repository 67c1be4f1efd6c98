"""A round-robin HTTP balancer: every request goes to the next gateway, whatever connection and client it comes from.

A gateway that does not take a connection is passed over. A request that was sent and not answered is not sent again: its client gets 502,
and its call is noted, since nobody but the client may know whether it can be repeated.
"""

import asyncio
import re

CALL = re.compile(rb'"(?:id|text)": ?"(s\.[^"]+)"')


class Balancer:
    def __init__(self, ports):
        self.ports, self.next = ports, 0
        # Requests by gateway, answers by status, and the ids of calls that a gateway took and did not answer.
        self.requests, self.statuses, self.cut = [0] * len(ports), {}, {}
        self.not_found = []

    async def start(self):
        self.server = await asyncio.start_server(self.client, "127.0.0.1", 0, limit=1 << 20, backlog=1024)
        return self.server.sockets[0].getsockname()[1]

    @staticmethod
    async def head(reader):
        """The head of a message, and its length: -1 where it comes in chunks."""
        head = await reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        if b"\r\ntransfer-encoding: chunked" in lower:
            return head, -1
        length = re.search(rb"\r\ncontent-length: *(\d+)", lower)
        return head, int(length[1]) if length else 0

    async def client(self, reader, writer):
        backends = {}
        try:
            while True:
                head, length = await self.head(reader)
                body = await reader.readexactly(length) if length > 0 else b""
                if not await self.forward(head, body, writer, backends):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()
            for _, backend in backends.values():
                backend.close()

    async def backend(self, backends):
        """The next gateway that takes a connection, and the connection."""
        first = self.next
        self.next += 1
        for offset in range(len(self.ports)):
            index = (first + offset) % len(self.ports)
            if index in backends:
                reader, writer = backends[index]
                if not reader.at_eof() and not writer.is_closing():
                    return index, reader, writer
                writer.close()
                del backends[index]
            try:
                backends[index] = await asyncio.open_connection("127.0.0.1", self.ports[index], limit=1 << 20)
                return index, *backends[index]
            except OSError:
                continue
        return None

    async def forward(self, head, body, writer, backends):
        found = await self.backend(backends)
        if not found:
            return await self.refuse(writer, b"no gateway takes connections")
        index, reader, backend = found
        self.requests[index] += 1
        call = CALL.search(body)
        call = call[1].decode() if call else head.split(b"\r\n", 1)[0].decode()
        begun = False
        try:
            backend.write(head + body)
            await backend.drain()
            answer, length = await self.head(reader)
            status = int(answer.split(b" ", 2)[1])
            self.statuses[status] = self.statuses.get(status, 0) + 1
            if status == 404:
                self.not_found.append(call)
            if status in (202, 204):
                length = max(length, 0)
            begun = True
            writer.write(answer)
            if length >= 0:
                writer.write(await reader.readexactly(length))
            else:
                while True:
                    size = await reader.readuntil(b"\r\n")
                    writer.write(size + await reader.readexactly(int(size, 16) + 2))
                    await writer.drain()
                    if size.strip() == b"0":
                        break
            await writer.drain()
            return b"\r\nconnection: close" not in head.lower()
        except (OSError, asyncio.IncompleteReadError):
            backends.pop(index)[1].close()
            self.cut.setdefault(index, []).append(call)
            if begun:
                return False
            return await self.refuse(writer, b"the gateway ended while it had this request")

    async def refuse(self, writer, why):
        self.statuses[502] = self.statuses.get(502, 0) + 1
        writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(why), why))
        await writer.drain()
        return True
