/// The program whose form a map of servers has, where that changes how an entry is read.
enum ServerForm: Hashable {
    /// Claude Desktop and Code, Cursor, Windsurf, Gemini, … and all that are read in the same way.
    case common
    /// VS Code, with the defaults of its `inputs` by id.
    case visualStudioCode(inputs: [String: String])
    case opencode

    var inputs: [String: String] {
        if case .visualStudioCode(let inputs) = self { inputs } else { [:] }
    }
}
