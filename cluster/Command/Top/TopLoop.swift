import MCPStore

/// Looks, draws and takes keys until it is told to end.
struct TopLoop {
    private enum Event: Sendable {
        case typed(String)
        case looked(TopLook)
        case failed(String)
        case ended
    }

    /// Events that wait to be drawn; of more the oldest are dropped.
    private static let mostWaiting = 64

    let context: StoreContext
    let terminal: TopTerminal
    let interval: Duration
    let first: TopLook

    func run() async {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        let looking = Task { [context, interval] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                do throws(MCPStoreError) {
                    continuation.yield(.looked(try await TopLook(context)))
                } catch {
                    continuation.yield(.failed(error.message))
                }
            }
        }
        let typing = Task { [input = terminal.input] in
            for await text in input { continuation.yield(.typed(text)) }
            continuation.yield(.ended)
        }
        defer {
            looking.cancel()
            typing.cancel()
        }
        var view = TopView()
        var tables = TopTables(before: nil, now: first)
        var note = ""
        draw(view, tables, note)
        for await event in events {
            switch event {
            case .typed(let text):
                for key in TopKey.keys(in: text) where !view.press(key, tables) { return }
            case .looked(let look): (tables, note) = (TopTables(before: tables.now, now: look), "")
            case .failed(let message): note = message
            case .ended: return
            }
            draw(view, tables, note)
        }
    }

    private func draw(_ view: TopView, _ tables: TopTables, _ note: String) {
        let size = terminal.size
        let space = context.store.space
        terminal.draw(
            TopScreen.lines(view, tables, space: space, width: size.width, height: size.height, note: note)
        )
    }
}
