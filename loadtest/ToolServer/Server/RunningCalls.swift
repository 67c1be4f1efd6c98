/// The calls that were not answered at once, found again by their id.
struct RunningCalls {
    /// More are refused, so that a client that never reads cannot fill the memory.
    static let maximum = 65_536

    private var calls: [CallKey: [Call]] = [:]
    private(set) var count = 0

    mutating func insert(_ call: Call) {
        self.calls[Self.key(of: call), default: []].append(call)
        self.count += 1
    }

    mutating func remove(_ call: Call) {
        let key = Self.key(of: call)
        guard var same = self.calls[key], let index = same.firstIndex(where: { $0 === call }) else { return }
        same.remove(at: index)
        self.calls[key] = same.isEmpty ? nil : same
        self.count -= 1
    }

    /// The call that `id` means: nil when there is none, or more than one, which happens between clients without session.
    func call(id: JSONSlice, scope: CallKey.Scope) -> Call? {
        guard let same = self.calls[CallKey(scope: scope, id: Array(id.raw))], same.count == 1 else { return nil }
        return same.first
    }

    func calls(of outlet: any Outlet) -> [Call] {
        self.calls.values.flatMap { $0 }.filter { $0.belongs(to: outlet) }
    }

    private static func key(of call: Call) -> CallKey {
        CallKey(scope: call.scope, id: Array(call.id.raw))
    }
}
