import Crypto
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

/// `/console`: one page that shows a space in a browser, over the REST API. It needs nothing from elsewhere, and knows no secret: a key is
/// asked for in the page and stays in the tab.
struct ConsolePage: Sendable {
    private let page: ByteBuffer
    private let policy: String

    /// - Parameter space: The one that is shown first.
    init(space: Space) {
        let (style, script) = (ConsoleStyle.css, ConsoleScript.text)
        let start = JSONValue.object(["space": .string("\(space)"), "version": .string(QueueVersion.current)]).description
            // The end of the element must not be in it. Names of spaces hold no such character, but who knows.
            .replacingOccurrences(of: "<", with: "\\u003c")
        page = ByteBuffer(
            string: """
                <!doctype html>
                <html lang="en">
                <head>
                <meta charset="utf-8">
                <meta name="viewport" content="width=device-width, initial-scale=1">
                <meta name="color-scheme" content="light dark">
                <title>MCPStore console</title>
                <link rel="icon" href="data:,">
                <style>\(style)</style>
                </head>
                <body>
                <noscript>The console needs JavaScript.</noscript>
                <script type="application/json" id="start">\(start)</script>
                <script>\(script)</script>
                </body>
                </html>

                """
        )
        // Nothing but these two runs and is loaded, so that what a server says of itself can be no program here.
        policy = [
            "default-src 'none'", "script-src '\(Self.hash(script))'", "style-src '\(Self.hash(style))'", "connect-src 'self'",
            "img-src data:", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'",
        ].joined(separator: "; ")
    }

    private static func hash(_ text: String) -> String {
        "sha256-" + Data(SHA256.hash(data: Data(text.utf8))).base64EncodedString()
    }

    func add(to router: Router<GatewayContext>) {
        router.get("console") { [page, policy] _, _ in
            Response(
                status: .ok,
                headers: [
                    .contentType: "text/html; charset=utf-8", .contentTypeOptions: "nosniff", .contentSecurityPolicy: policy,
                    .cacheControl: "no-cache",
                ],
                body: ResponseBody(byteBuffer: page)
            )
        }
    }
}
