/// One piece of code that reads what others wrote, and what must hold for any bytes.
struct FuzzTarget: Sendable {
    /// Its corpus lies in `Tests/Corpus/{name}`.
    let name: String
    /// Texts that mean something to it: they are inserted now and then.
    let tokens: [String]
    /// Makes an input that is well-formed, or nearly; `nil` where the corpus is all there is.
    var generate: (@Sendable (_ random: inout SeededGenerator) -> [UInt8])?
    /// Throws a ``FuzzFinding`` where a property does not hold. Must say the same of the same bytes, whenever it is asked.
    let check: @Sendable (_ input: [UInt8]) throws -> Void

    /// All of them.
    static let all: [FuzzTarget] = [.resp, .json, .lines, .events, .http, .jobs, .configuration]

    static func named(_ name: String) -> FuzzTarget? { self.all.first { $0.name == name } }
}
