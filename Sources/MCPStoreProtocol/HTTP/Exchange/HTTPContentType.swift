import NIOHTTP1

/// What a response says its body is.
enum HTTPContentType: Equatable {
    case json, events, none
    /// Something else; the media type is cut to a printable length.
    case other(String)

    init(_ headers: HTTPHeaders) {
        guard let value = headers.first(name: "content-type") else {
            self = .none
            return
        }
        // As nearly all servers write it.
        if value == "application/json" {
            self = .json
            return
        }
        let type = value.prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
        switch type {
        case "": self = .none
        case "application/json": self = .json
        case "text/event-stream": self = .events
        case _ where type.hasPrefix("application/") && type.hasSuffix("+json"): self = .json
        default: self = .other(String(type.filter { $0.isASCII }.prefix(64)))
        }
    }
}
