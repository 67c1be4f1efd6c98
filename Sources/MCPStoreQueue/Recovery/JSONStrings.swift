import Foundation

/// Arrays of strings that scripts wrote with `cjson`.
enum JSONStrings {
    /// Empty where the text is not such an array.
    static func decode(_ text: String) -> [String] {
        do { return try JSONDecoder().decode([String].self, from: Data(text.utf8)) } catch { return [] }
    }
}
