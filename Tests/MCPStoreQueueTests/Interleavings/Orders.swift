/// All orders in which the steps of several actors can come, each actor keeping its own.
enum Orders {
    /// - Parameter counts: The number of steps of each actor.
    /// - Returns: For each order, which actor takes its next step at each place.
    static func all(_ counts: [Int]) -> [[Int]] {
        guard counts.contains(where: { $0 > 0 }) else { return [[]] }
        return counts.indices.filter { counts[$0] > 0 }.flatMap { actor in
            var rest = counts
            rest[actor] -= 1
            return all(rest).map { [actor] + $0 }
        }
    }

    /// The orders of actors.
    static func of(_ actors: [[Step]]) -> [[Step]] {
        all(actors.map(\.count)).map { order in
            var next = [Int](repeating: 0, count: actors.count)
            return order.map { actor in
                defer { next[actor] += 1 }
                return actors[actor][next[actor]]
            }
        }
    }
}
