/// The words of a command line in the documentation: quotes, a backslash before a space, a comment at its end, and nothing
/// that a shell would do beyond that.
enum ShellWords {
    struct Unfinished: Error {}

    static func split(_ line: String) throws -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var characters = line[...]
        while let character = characters.popFirst() {
            if let open = quote {
                if character == open { quote = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                quote = character
                word = word ?? ""
            } else if character == "#", word == nil {
                break
            } else if character == "<" || character == ">" || character == "|", word == nil {
                break
            } else if character == "\\", let next = characters.popFirst() {
                word = (word ?? "") + String(next)
            } else if character == " " {
                if let finished = word { words.append(finished) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard quote == nil else { throw Unfinished() }
        if let word { words.append(word) }
        return words
    }
}
