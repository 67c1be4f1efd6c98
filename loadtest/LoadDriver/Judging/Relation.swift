/// How a figure compares with a limit.
enum Relation: Sendable {
    case less, atMost, more, atLeast

    func holds(_ value: Double, _ limit: Double) -> Bool {
        switch self {
        case .less: value < limit
        case .atMost: value <= limit
        case .more: value > limit
        case .atLeast: value >= limit
        }
    }
}
