/// What is called: one answered call of `echo`.
protocol Target: Sendable {
    /// - Throws: Where the call was not answered as it must be; a figure with errors is none.
    func call() async throws
}

/// The argument of every call: 200 bytes.
let echoText = String(repeating: "0123456789", count: 20)
