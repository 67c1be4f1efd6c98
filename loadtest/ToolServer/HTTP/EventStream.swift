import NIOCore
import NIOHTTP1

/// The GET stream of a session: server-sent events that belong to no request.
final class EventStream {
    private let response: HTTPResponseWriter
    private let flood: Flood

    init(response: HTTPResponseWriter, settings: Settings, loop: any EventLoop) {
        self.response = response
        self.flood = Flood(perSecond: settings.misbehaviour.floodPerSecond, loop: loop)
    }

    func start() {
        self.response.startEvents()
        self.flood.start { [response] write in
            if response.isWritable { response.sendEvent(write) }
        }
    }

    func end() {
        self.flood.stop()
        self.response.end()
    }

    func connectionClosed() {
        self.flood.stop()
    }
}
