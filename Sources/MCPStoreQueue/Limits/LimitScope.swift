/// What one limit is of. Its tokens lie in one hash of Redis.
package enum LimitScope: Hashable, Sendable {
    case service(ServiceID)
    case tool(ServiceID, String)
    /// A namespace, in all its spaces.
    case tenant(Pool, String)

    /// The hash of its tokens.
    package var key: String {
        switch self {
        case .service(let service): SpaceKeys(service.space).limit(service.name)
        case .tool(let service, let tool): SpaceKeys(service.space).limit(service.name, tool: tool)
        case .tenant(let pool, let namespace): pool.tenantLimit(namespace)
        }
    }
}
