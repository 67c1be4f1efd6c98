import HTTPTypes
import Hummingbird
import HummingbirdCore
import MCPStore
import MCPStoreQueue
import NIOCore

/// `/metrics`: the spaces that the gateway has open, and the gateway itself.
struct MetricsEndpoint: Sendable {
    let spaces: SpaceDirectory
    let samples = SpaceSamples()
    let counts: RequestCounts
    let connections: ClientConnections
    let subscriptions: Subscriptions

    func get(_ context: GatewayContext) async throws -> Response {
        let principal = context.principal
        guard principal.roles.contains(.operate) else {
            throw Problem(403, "forbidden", "'\(principal.name)' has not the role 'operate' that this needs")
        }
        let stores = await spaces.stores().filter { principal.reaches($0.space) }
        var page = MetricsText()
        addGateway(to: &page, spaces: stores.count)
        for (space, sample) in await samples.read(stores) { page.add(space, sample) }
        return Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8", .contentTypeOptions: "nosniff"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: page.text))
        )
    }

    private func addGateway(to page: inout MetricsText, spaces: Int) {
        page.addProcess(role: "gateway")
        let answered = counts.answered.sorted { ($0.key.path.rawValue, $0.key.status) < ($1.key.path.rawValue, $1.key.status) }
        for (key, count) in answered {
            page.add(
                "mcpstore_gateway_requests_total",
                .counter,
                "Requests that were answered, by class of path and status.",
                [("path", key.path.rawValue), ("status", String(key.status))],
                Double(count)
            )
        }
        page.add("mcpstore_gateway_requests_open", .gauge, "Requests whose response has not begun.", [], Double(counts.open))
        page.add("mcpstore_gateway_connections", .gauge, "Open connections of clients.", [], Double(connections.count))
        page.add("mcpstore_gateway_subscriptions", .gauge, "Open subscriptions/listen streams.", [], Double(subscriptions.count))
        page.add("mcpstore_gateway_spaces", .gauge, "Open spaces that the asker reaches.", [], Double(spaces))
    }
}
