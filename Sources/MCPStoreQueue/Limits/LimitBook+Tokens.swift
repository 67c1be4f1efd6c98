/// What is asked for, given back and answered.
extension LimitBook {
    /// What to ask for a service now.
    mutating func asks(_ service: ServiceID, now: Int) -> [(LimitScope, LimitShare.Ask)] {
        guard open.contains(service) else { return [] }
        let shared = sharedScopes(service)
        // Together, so that one worker gets all that a call needs, and not each of two a part of it.
        if shared.count > 1, shared.contains(where: { shares[$0]?.isDue(now: now) ?? false }) {
            for scope in shared { shares[scope]?.join(now: now) }
        }
        if shared.count > 1 {
            for scope in shared where !shared.contains(where: { $0 != scope && shares[$0]?.isDry(now: now) ?? false }) {
                shares[scope]?.goOn()
            }
        }
        return allScopes(service).compactMap { scope in
            guard isWanted(scope) else { return nil }
            var waiting = waiting(scope)
            if !isTool(scope), starves(service, for: scope, now: now),
                !shared.contains(where: { $0 != scope && shares[$0]?.isDry(now: now) ?? false })
            {
                shares[scope]?.callCame()
                waiting = 1
            }
            guard let ask = shares[scope]?.ask(waiting: waiting, now: now) else { return nil }
            asked += 1
            return (scope, ask)
        }
    }

    /// Whether calls wait here that have all that their tool's limit asks for: they are bound to this worker, and so must its share of what all
    /// calls of the service need.
    private func starves(_ service: ServiceID, for scope: LimitScope, now: Int) -> Bool {
        guard !places.isEmpty else { return false }
        return tools(of: service).contains { tool in
            Lane.allCases.contains { lane in
                guard let first = lines[LineID(scope: tool, lane: lane)]?.waiting.first else { return false }
                let cost = cost(of: first.job)
                return shares[tool]?.admits(cost, now: now) == true && shares[scope]?.admits(cost, now: now) == false
            }
        }
    }

    /// The services whose calls are in a scope; of a tenant those that are open.
    private func services(in scope: LimitScope) -> [ServiceID] {
        switch scope {
        case .service(let service), .tool(let service, _): [service]
        case .tenant(_, let namespace): open.filter { $0.space.namespace == namespace }
        }
    }

    /// How many jobs of the services in a scope wait here, for whatever.
    private func bound(in scope: LimitScope) -> Int {
        guard !places.isEmpty else { return 0 }
        let services = Set(services(in: scope))
        return places.values.count { line in
            if case .tool(let service, _) = line.scope { services.contains(service) } else { false }
        }
    }

    /// Tokens of a tool are leased only where calls of it are: nobody else could bring them to the tokens.
    private func isWanted(_ scope: LimitScope) -> Bool {
        !isTool(scope) || shares[scope]?.inUse ?? 0 > 0 || waiting(scope) > 0
    }

    /// What to give back of a service because calls wait for it on other workers, or because what else its calls need is not here.
    mutating func surplus(_ service: ServiceID, now: Int) -> [(LimitScope, LimitShare.Ask)] {
        useless(service, now: now)
            + allScopes(service).compactMap { scope in
                let waiting = isTool(scope) ? waiting(scope) : bound(in: scope)
                guard let ask = shares[scope]?.surplus(waiting: waiting, now: now) else { return nil }
                asked += 1
                return (scope, ask)
            }
    }

    private mutating func useless(_ service: ServiceID, now: Int) -> [(LimitScope, LimitShare.Ask)] {
        let shared = sharedScopes(service)
        guard shared.count > 1, let dry = shared.first(where: { shares[$0]?.isDry(now: now) ?? false }) else { return [] }
        return shared.compactMap { scope in
            // Other services of a tenant may use what it has.
            guard scope != dry, !isOfOthers(scope, service), let ask = shares[scope]?.useless(now: now) else { return nil }
            asked += 1
            return (scope, ask)
        }
    }

    private func isOfOthers(_ scope: LimitScope, _ service: ServiceID) -> Bool { services(in: scope).contains { $0 != service } }

    /// Another worker says that calls wait there, or that there are tokens.
    ///
    /// - Parameter key: ``LimitScope/key``.
    package mutating func rung(_ key: String, now: Int) {
        guard let scope = shares.keys.first(where: { $0.key == key }) else { return }
        var waiting = waiting(scope)
        // Who starves as well need not ring in turn.
        if !isTool(scope), services(in: scope).contains(where: { starves($0, for: scope, now: now) }) { waiting = 1 }
        shares[scope]?.rung(waiting: waiting)
        touch(scope)
    }

    /// When to look at a service again because there may be tokens for it; `nil` where nothing is missing.
    func nextAsk(_ service: ServiceID, now: Int) -> Int? {
        guard open.contains(service) else { return nil }
        return allScopes(service).compactMap { isWanted($0) ? shares[$0]?.nextAsk(now: now) : nil }.min()
    }

    /// When to set a timer for ``timerFired(_:at:)``; `nil` where none is needed, or one is set that is as good.
    mutating func timer(_ service: ServiceID, now: Int) -> Int? {
        guard let next = nextAsk(service, now: now) else { return nil }
        if let set = timers[service], set > now, set <= next { return nil }
        timers[service] = next
        return next
    }

    mutating func timerFired(_ service: ServiceID, at time: Int) {
        if timers[service] == time { timers[service] = nil }
        touch(service)
    }

    /// What to ask so that what is held stays, and what is not used goes back: every third of the lease.
    mutating func renewals(now: Int, canUse: Bool) -> [(LimitScope, LimitShare.Ask)] {
        asked += 1
        var asks: [(LimitScope, LimitShare.Ask)] = []
        for scope in Array(shares.keys) {
            let waiting = waiting(scope)
            if limit(of: scope) != nil {
                let canUse = canUse && isWanted(scope)
                if let ask = shares[scope]?.renewal(waiting: waiting, canUse: canUse, now: now) { asks.append((scope, ask)) }
            } else if let share = shares[scope], !share.isAsking {
                if let ask = shares[scope]?.close() { asks.append((scope, ask)) }
                if share.inUse == 0 {
                    shares[scope] = nil
                    if waiting == 0 { for lane in Lane.allCases { lines[LineID(scope: scope, lane: lane)] = nil } }
                }
            }
        }
        return asks
    }

    /// What to give back at once of a service that is closed.
    mutating func closings(_ service: ServiceID) -> [(LimitScope, LimitShare.Ask)] {
        asked += 1
        return shares.keys.filter { scope in
            switch scope {
            case .service(let other), .tool(let other, _): other == service
            case .tenant: limit(of: scope) == nil
            }
        }.compactMap { scope in shares[scope]?.close().map { (scope, $0) } }
    }

    /// - Returns: Whether those may be rung that the answer names.
    @discardableResult
    mutating func answered(
        _ scope: LimitScope,
        share: Int,
        extra: Int,
        wait: Int,
        sent: Int,
        lease: Int,
        now: Int,
        need: LimitShare.Need = []
    ) -> Bool {
        touch(scope)
        // Where calls of any worker use them, who has none left elsewhere has to say so each time.
        if !isTool(scope) { shares[scope]?.calm() }
        return shares[scope]?.answered(
            share: share,
            extra: extra,
            wait: wait,
            sent: sent,
            lease: lease,
            now: now,
            need: need
        ) ?? false
    }

    mutating func failed(_ scope: LimitScope, now: Int) {
        shares[scope]?.failed(now: now)
        touch(scope)
    }

    private mutating func touch(_ scope: LimitScope) { touched.formUnion(services(in: scope)) }

    /// The limit of a scope with the arguments of its lease.
    func terms(_ scope: LimitScope) -> CallLimit? { shares[scope]?.limit }

    /// The worker has another id: what the old one had it has no more.
    mutating func reset() {
        for scope in Array(shares.keys) { shares[scope]?.reset() }
        touched.formUnion(open)
    }
}
