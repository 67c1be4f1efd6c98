/// Something that must not be.
struct Case: Sendable {
    var text: String
    /// The run, by the call's id or its key, that explains it if Redis has forgotten something of it; `nil` where nothing explains it.
    var run: String?

    init(_ text: String, ifForgotten run: String? = nil) {
        self.text = text
        self.run = run
    }
}
