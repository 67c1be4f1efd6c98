/// How many more jobs may be read of a service, by what is left of the limits that all of its jobs are in; `nil`: not limited.
package struct ReadRoom: Equatable, Sendable {
    /// What the limit of the service itself leaves.
    package var service: Int?
    /// What the limit of its namespace leaves: all services of the namespace together.
    package var tenant: Int?

    package init(service: Int? = nil, tenant: Int? = nil) {
        self.service = service
        self.tenant = tenant
    }

    /// What both leave.
    package var least: Int? { [service, tenant].compactMap { $0 }.min() }
}
