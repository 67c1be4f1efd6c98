/// The fixtures that the conformance suite of the MCP project asks a server for: `--conformance`. Written after what the suite
/// checks; no part of it.
enum Conformance {
    static let tools = answering + reporting + asking + working

    /// A PNG image of one pixel, in base64.
    static let image =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
    /// A WAV file without samples, in base64.
    static let sound = "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA="

    static func text(_ text: String) -> String { "{\"type\":\"text\",\"text\":\(jsonText(text))}" }

    static let imageBlock = "{\"type\":\"image\",\"data\":\"\(image)\",\"mimeType\":\"image/png\"}"

    static func embedded(_ uri: String, _ text: String) -> String {
        "{\"type\":\"resource\",\"resource\":{\"uri\":\(jsonText(uri)),\"mimeType\":\"text/plain\",\"text\":\(jsonText(text))}}"
    }
}
