/// HTML or SVG. What is interpolated as a string is text and gets escaped; only literals and other markup are taken as they are.
struct Markup: ExpressibleByStringInterpolation, Sendable {
    let source: String

    init(stringLiteral value: String) {
        source = value
    }

    init(stringInterpolation: StringInterpolation) {
        source = stringInterpolation.source
    }

    struct StringInterpolation: StringInterpolationProtocol {
        fileprivate(set) var source = ""

        init(literalCapacity: Int, interpolationCount: Int) {
            source.reserveCapacity(literalCapacity + 16 * interpolationCount)
        }

        mutating func appendLiteral(_ literal: String) { source += literal }
        mutating func appendInterpolation(_ text: String) { source += Markup.escape(text) }
        mutating func appendInterpolation(_ markup: Markup) { source += markup.source }
        mutating func appendInterpolation(_ markup: Markup?) { source += markup?.source ?? "" }
        mutating func appendInterpolation(_ list: [Markup]) { for markup in list { source += markup.source } }
        mutating func appendInterpolation(_ number: Int) { source += "\(number)" }
        /// A coordinate: one decimal.
        mutating func appendInterpolation(_ number: Double) { source += Units.plain((number * 10).rounded() / 10) }
    }

    /// Safe as text and within quoted attributes.
    static func escape(_ text: String) -> String {
        text.reduce(into: "") { escaped, character in
            switch character {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            default: escaped.append(character)
            }
        }
    }
}
