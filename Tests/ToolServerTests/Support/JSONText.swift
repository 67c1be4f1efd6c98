import Foundation
import Testing

/// A message as Foundation reads it: a second opinion on what the server writes.
struct JSONText {
    private let object: NSDictionary

    init(_ text: some StringProtocol) throws {
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        self.object = try #require(value as? NSDictionary, "no JSON object: \(text)")
    }

    /// The value at `path`, such as `error.code` or `result.content.0.text`.
    func value<Value>(_ path: String, as type: Value.Type = Value.self) -> Value? {
        var value: Any? = self.object
        for step in path.split(separator: "/").map(String.init) {
            if let index = Int(step), let array = value as? NSArray {
                value = index < array.count ? array[index] : nil
            } else {
                value = (value as? NSDictionary)?[step]
            }
        }
        return value as? Value
    }

    func text(_ path: String) -> String? { self.value(path) }
    func integer(_ path: String) -> Int? { self.value(path) }
    func has(_ path: String) -> Bool { self.value(path, as: NSObject.self) != nil || self.text(path) != nil }

    var id: Int? { self.integer("id") }
    var errorCode: Int? { self.integer("error/code") }
    /// The text of the first content of a tool's result.
    var answer: String? { self.text("result/content/0/text") }
    var isError: Bool { self.value("result/isError") ?? false }
}
