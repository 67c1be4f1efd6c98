import Hummingbird
import NIOCore

/// What a request carries along: who asks, and over which connection.
package struct GatewayContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Who asks: ``Principal/anonymous`` where nobody is asked.
    package var principal = Principal.anonymous
    /// The connection that it came over.
    let channel: any Channel

    package init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}
