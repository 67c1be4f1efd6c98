/// What a careless server prints on stdout before it speaks MCP.
enum Garbage {
    static let lines = ["Starting up...", "{ this is no JSON", "[INFO] ready"]

    static func print() {
        for line in Self.lines { writeToStandardOutput(line) }
    }
}
