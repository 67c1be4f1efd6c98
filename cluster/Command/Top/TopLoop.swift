import MCPStore
import NIOConcurrencyHelpers

/// Looks, draws and takes keys until it is told to end, or to watch another space.
struct TopLoop {
    private enum Event: Sendable {
        case typed(String)
        case looked(TopLook)
        case failed(String)
        case ended
    }

    /// Events that wait to be drawn; of more the oldest are dropped.
    private static let mostWaiting = 64

    /// All spaces are looked at less often: it costs Redis more.
    private static let spacesInterval = Duration.seconds(5)

    let context: StoreContext
    let terminal: TopTerminal
    let interval: Duration
    let first: TopLook

    /// - Parameter start: How it begins.
    /// - Returns: The space to watch now; `nil`: it is to end.
    func run(_ start: TopView) async -> String? {
        let (events, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(Self.mostWaiting))
        let looksAtSpaces = NIOLockedValueBox(start.page == .spaces)
        let looking = Task { [context, interval, first] in
            var (spaces, looked) = (first.spaces, first.time)
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                do throws(MCPStoreError) {
                    if looksAtSpaces.withLockedValue({ $0 }), spaces == nil || .now - looked >= Self.spacesInterval {
                        (spaces, looked) = (try await context.spaceLoads(), .now)
                    }
                    continuation.yield(.looked(try await TopLook(context, spaces: spaces)))
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
        var view = start
        var tables = TopTables(before: nil, now: first)
        var note = ""
        draw(view, tables, note)
        for await event in events {
            switch event {
            case .typed(let text):
                for key in TopKey.keys(in: text) {
                    switch view.press(key, tables) {
                    case .stays: continue
                    case .quits: return nil
                    case .opens(let space): return space
                    }
                }
                looksAtSpaces.withLockedValue { $0 = view.page == .spaces }
            case .looked(let look): (tables, note) = (TopTables(before: tables.now, now: look), "")
            case .failed(let message): note = message
            case .ended: return nil
            }
            draw(view, tables, note)
        }
        return nil
    }

    private func draw(_ view: TopView, _ tables: TopTables, _ note: String) {
        let size = terminal.size
        let space = context.store.space
        terminal.draw(
            TopScreen.lines(view, tables, space: space, width: size.width, height: size.height, note: note)
        )
    }
}
