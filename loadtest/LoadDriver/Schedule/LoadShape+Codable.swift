extension LoadShape: Codable {
    private enum Kind: String, CaseIterable {
        case closed, constant, ramp, steps, poisson, bursts

        var members: [String] {
            switch self {
            case .closed: ["callers"]
            case .constant, .poisson: ["rate"]
            case .ramp: ["from", "to"]
            case .steps: ["rates"]
            case .bursts: ["size", "every"]
            }
        }
    }

    /// - Throws: ``ScenarioError`` that names the member.
    package init(from decoder: any Decoder) throws {
        var members = try MemberReader(decoder, what: "a load")
        let name: String = try members.required("kind", "one of \(Self.kinds)")
        guard let kind = Kind(rawValue: name) else {
            throw members.error("kind", "is \"\(name)\"; it must be one of \(Self.kinds)")
        }
        members.what = "a load of kind \"\(name)\""
        try members.allow(["kind"] + kind.members)
        switch kind {
        case .closed: self = .closed(callers: try members.required("callers", "a whole number"))
        case .constant: self = .constant(rate: try members.required("rate", "calls a second"))
        case .poisson: self = .poisson(rate: try members.required("rate", "calls a second"))
        case .steps: self = .steps(rates: try members.required("rates", "a list of calls a second"))
        case .ramp:
            self = .ramp(
                from: try members.required("from", "calls a second"),
                to: try members.required("to", "calls a second")
            )
        case .bursts:
            self = .bursts(size: try members.required("size", "a whole number"), every: try members.required("every", "seconds"))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: MemberName.self)
        func put(_ kind: Kind, _ values: any Encodable...) throws {
            try container.encode(kind.rawValue, forKey: "kind")
            for (member, value) in zip(kind.members, values) { try container.encode(value, forKey: MemberName(member)) }
        }
        switch self {
        case .closed(let callers): try put(.closed, callers)
        case .constant(let rate): try put(.constant, rate)
        case .poisson(let rate): try put(.poisson, rate)
        case .ramp(let from, let to): try put(.ramp, from, to)
        case .steps(let rates): try put(.steps, rates)
        case .bursts(let size, let every): try put(.bursts, size, every)
        }
    }

    private static var kinds: String { Kind.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ") }
}
