/// Something that must not be.
struct Case: Sendable {
    var text: String
    /// The run that it is about, where it is about one: the call's id or its key.
    var run: String?

    init(_ text: String, _ run: String? = nil) {
        self.text = text
        self.run = run
    }
}
