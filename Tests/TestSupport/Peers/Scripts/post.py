"""Posts a body some times over one connection, and prints each answer's body as one line.

The arguments are the URL, how many times, the body, and more headers such as `Name: value`. Fails where the connection is closed
in between.
"""

import http.client
import sys
import urllib.parse

url, times, body, *headers = sys.argv[1:]
parts = urllib.parse.urlsplit(url)
fields = {"Content-Type": "application/json"} | dict(header.split(": ", 1) for header in headers)
connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=100)
connection.connect()
first = connection.sock
for _ in range(int(times)):
    if connection.sock is not first:
        sys.exit("the connection was closed")
    connection.request("POST", parts.path, body.encode(), fields)
    print(connection.getresponse().read().decode().replace("\n", " "), flush=True)
