/// Reading of arguments. What is missing or wrong is answered as a failure of the tool, which the model can see.
extension Call {
    func argument(_ name: StaticString) -> JSONSlice? {
        self.arguments?.member(name)
    }

    /// The string argument `name`; fails the call and returns nil when it is none.
    func text(_ name: StaticString) -> String? {
        guard let text = self.argument(name)?.string else {
            self.fail("the argument \(name) must be a string")
            return nil
        }
        return text
    }

    /// The integer argument `name` in `range`, or `standard` when it is absent; else fails the call and returns nil.
    func integer(_ name: StaticString, in range: ClosedRange<Int>, default standard: Int? = nil) -> Int? {
        let argument = self.argument(name)
        if argument == nil, let standard { return standard }
        guard let value = argument?.integer, range.contains(value) else {
            self.fail("the argument \(name) must be an integer from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return value
    }
}
