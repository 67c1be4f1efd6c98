import NIOCore

/// What all connections of an HTTP server share. Bound to one event loop.
final class HTTPService {
    let server: Server
    var sessions = Sessions()
    /// The open GET stream of each session.
    private var streams: [String: EventStream] = [:]

    var settings: Settings { self.server.settings }

    init(settings: Settings, loop: any EventLoop) {
        self.server = Server(settings: settings, loop: loop)
    }

    /// Takes `stream` as the one stream of its session; false when there is one.
    func open(_ stream: EventStream, session: String) -> Bool {
        guard self.streams[session] == nil else { return false }
        self.streams[session] = stream
        return true
    }

    /// Forgets a stream whose connection is gone.
    func forget(_ stream: EventStream) {
        self.streams = self.streams.filter { $0.value !== stream }
    }

    /// Ends a session and its stream; false when there was none.
    func close(session: String) -> Bool {
        guard self.sessions.close(session) else { return false }
        self.streams.removeValue(forKey: session)?.end()
        return true
    }
}
