import MCPStoreQueue
import MCPStoreWorker
import NIOCore

extension StoreContext {
    /// The resources of all services of this context, or of one, as their servers list them.
    ///
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func listResources(service: String? = nil) async throws(MCPStoreError) -> [ResourceInfo] {
        try await offers(service).flatMap(\.resources)
    }

    /// The resource templates of all services of this context, or of one, as their servers list them.
    ///
    /// - Throws: ``MCPStoreError``: `unknownService`, `redis`.
    public func listResourceTemplates(service: String? = nil) async throws(MCPStoreError) -> [ResourceTemplateInfo] {
        try await offers(service).flatMap(\.templates)
    }

    /// Reads a resource. The request is a job like a call and is counted under its service; because it changes nothing, it is
    /// run again where what ran it dies.
    ///
    /// - Parameters:
    ///   - uri: The URI of a resource that a service lists, or one that fits a template of exactly one service. With `service`, any
    ///     URI: servers need not list what they have.
    ///   - service: The service that is meant.
    ///   - timeout: How long it may take in all; by default what the service's configuration says, else 60 s.
    /// - Throws: ``MCPStoreError``: `unknownResource`, `ambiguousResource`, `unknownService`; else as
    ///   ``callTool(_:_:timeout:lane:service:onProgress:idempotencyKey:waiting:running:)``.
    public func readResource(
        _ uri: String,
        service: String? = nil,
        timeout: Duration? = nil
    ) async throws(MCPStoreError) -> ResourceContents {
        let target = try await resource(uri, service: service)
        let parameters = JSONValue.object(["uri": .string(uri)]).buffer
        let (outcome, report) = try await submit(target, method: "resources/read", parameters: parameters, timeout: timeout)
        return ResourceContents(outcome.payload, report: report)
    }

    /// What services offer, read anew.
    func offers(_ service: String?) async throws(MCPStoreError) -> [ServiceOffers] {
        if let service { return [try await current(service).offers] }
        try await storeErrors { () throws(QueueError) in try await follower.reload() }
        return follower.withSnapshot { $0.services(in: scope).map(\.offers) }
    }

    /// Finds the service of a resource: in the snapshot, with one look at Redis where it is not known there.
    func resource(_ uri: String, service: String?) async throws(MCPStoreError) -> CallTarget {
        if let service {
            guard let known = follower.withSnapshot({ $0.service(service, in: scope) }) else {
                _ = try await freshStoredName(service)
                guard let found = follower.withSnapshot({ $0.service(service, in: scope) }) else {
                    throw try await unknownService(service)
                }
                return Self.target(uri, found)
            }
            return Self.target(uri, known)
        }
        var services = having(uri)
        if services.isEmpty {
            try await storeErrors { () throws(QueueError) in try await backend.catchUp() }
            services = having(uri)
        }
        if services.isEmpty {
            try await storeErrors { () throws(QueueError) in try await follower.reloadForLookup() }
            services = having(uri)
        }
        switch services.count {
        case 0: throw unknownResource(uri)
        case 1: return Self.target(uri, services[0])
        default:
            let names = services.map(\.name)
            var error = MCPStoreError(
                .ambiguousResource,
                "'\(uri.oneLine.prefix(200))' is a resource of \(names.count) services: say which, \(names.prefix(10).joined(separator: ", "))\(names.count > 10 ? " …" : "")"
            )
            error.suggestions = Array(names.prefix(10))
            throw error
        }
    }

    /// The services that list a resource; where none does, those that have a template for it.
    private func having(_ uri: String) -> [SnapshotService] {
        let services = follower.withSnapshot { $0.services(in: scope) }
        let listing = services.filter { $0.offers.resources.contains { $0.uri == uri } }
        return listing.isEmpty ? services.filter { $0.offers.templates.contains { $0.template.matches(uri) } } : listing
    }

    static func target(_ uri: String, _ service: SnapshotService) -> CallTarget {
        CallTarget(
            service: service.id,
            serviceName: service.name,
            tool: uri,
            toolKey: "",
            mayRunAgain: true,
            timeout: service.callTimeout,
            waitLimit: service.configuration.waitTimeoutMs ?? 0,
            runLimit: service.configuration.runTimeoutMs ?? 0,
            queueLimit: service.configuration.maxQueued ?? 0,
            isDisabled: service.refusesCalls,
            isDraining: service.document.hold == .draining
        )
    }

    private func unknownResource(_ uri: String) -> MCPStoreError {
        let offers = follower.withSnapshot { $0.services(in: scope).map(\.offers) }
        let similar = Suggestions.similar(to: uri, among: offers.flatMap(\.resources).map(\.uri).sorted())
        var message = "there is no resource '\(uri.oneLine.prefix(200))' in \(place)"
        if !similar.isEmpty { message += "; did you mean \(similar.joined(separator: ", ").oneLine)?" }
        message += "; a resource that its service does not list needs the service's name"
        var error = MCPStoreError(.unknownResource, message)
        error.suggestions = similar
        return error
    }
}
