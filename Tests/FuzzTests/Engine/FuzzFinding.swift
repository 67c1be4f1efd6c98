/// An input for which a property does not hold.
struct FuzzFinding: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Throws a ``FuzzFinding`` where a property does not hold.
func hold(_ condition: Bool, _ problem: @autoclosure () -> String) throws(FuzzFinding) {
    if !condition { throw FuzzFinding(problem()) }
}

/// Throws a ``FuzzFinding`` where two ways to one result differ; both are shown, cut short.
func same<Value: Equatable>(_ left: Value, _ right: Value, _ what: @autoclosure () -> String) throws(FuzzFinding) {
    guard left != right else { return }
    throw FuzzFinding("\(what()): \(String(reflecting: left).prefix(300)) is not \(String(reflecting: right).prefix(300))")
}
