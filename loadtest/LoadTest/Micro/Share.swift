import ArgumentParser

/// `5%` or `5` on the command line: 0.05.
struct Share: ExpressibleByArgument {
    let value: Double

    init?(argument: String) {
        let digits = argument.hasSuffix("%") ? argument.dropLast() : argument[...]
        guard let number = Double(digits), number.isFinite, (0...1000).contains(number) else { return nil }
        value = number / 100
    }
}
