/// What the view shows and how keys change it: no I/O.
struct TopView: Sendable, Equatable {
    enum Page: Sendable, Equatable {
        /// All spaces of the cluster.
        case spaces
        case services, lanes, workers
        /// The tools of a service.
        case tools(service: String)
    }

    /// What a key does besides what is seen at once.
    enum Step: Sendable, Equatable {
        case stays
        case quits
        /// Another space is to be watched.
        case opens(space: String)
    }

    private(set) var page: Page
    /// The column that the rows are sorted by.
    private(set) var column = 0
    private(set) var isDescending = false
    private(set) var filter = ""
    /// Whether keys go into the filter.
    private(set) var isTyping = false
    /// The row that is marked, by its first cell: it stays marked when rows move.
    private(set) var marked: String?

    /// More would not be seen.
    private static let mostFilter = 60

    /// Whether one came here from the page of all spaces, and goes back there.
    private let isEntered: Bool

    init(_ page: Page = .services, isEntered: Bool = false) {
        self.page = page
        self.isEntered = isEntered
    }

    /// The rows as they are shown.
    func rows(_ tables: TopTables) -> (header: [String], rows: [[TopCell]]) {
        let table = table(tables)
        return (table.header, table.arranged(filter: filter, column: column, isDescending: isDescending))
    }

    private func table(_ tables: TopTables) -> TopTable {
        switch page {
        case .spaces: tables.spaces()
        case .services: tables.services()
        case .lanes: tables.lanes()
        case .workers: tables.workers()
        case .tools(let service): tables.tools(of: service)
        }
    }

    /// - Parameter tables: What is shown now; `nil` where nothing was read yet.
    mutating func press(_ key: TopKey, _ tables: TopTables?) -> Step {
        if key == .interrupt { return .quits }
        if isTyping {
            type(key)
            return .stays
        }
        switch key {
        case .character("q"): return .quits
        case .character("a"): open(.spaces)
        case .character("s"): open(.services)
        case .character("l"): open(.lanes)
        case .character("w"): open(.workers)
        case .tab: open(page == .services ? .lanes : page == .lanes ? .workers : page == .workers ? .spaces : .services)
        case .character("/"): isTyping = true
        case .character("r"): isDescending.toggle()
        case .character(">"), .right: sort(by: 1, tables)
        case .character("<"), .left: sort(by: -1, tables)
        case .up, .character("k"): mark(-1, tables)
        case .down, .character("j"): mark(1, tables)
        case .enter: return drillDown(tables)
        case .escape, .backspace:
            if !filter.isEmpty { filter = "" } else { open(page == .services && isEntered ? .spaces : .services) }
        default: break
        }
        return .stays
    }

    private mutating func type(_ key: TopKey) {
        switch key {
        case .character(let character) where filter.count < Self.mostFilter: filter.append(character)
        case .backspace: if !filter.isEmpty { filter.removeLast() }
        case .enter: isTyping = false
        case .escape: (filter, isTyping) = ("", false)
        default: break
        }
    }

    private mutating func open(_ page: Page) {
        guard page != self.page else { return }
        self = TopView(page, isEntered: isEntered)
    }

    /// Numbers are sorted from the largest on, names from the first on.
    private mutating func sort(by step: Int, _ tables: TopTables?) {
        guard let tables else { return }
        let table = table(tables)
        column = (column + step + table.header.count) % table.header.count
        isDescending = table.rows.first?[column].value != nil
    }

    private mutating func mark(_ step: Int, _ tables: TopTables?) {
        guard let tables else { return }
        let names = rows(tables).rows.map { $0[0].text }
        guard !names.isEmpty else { return marked = nil }
        let place = marked.flatMap { names.firstIndex(of: $0) }
        let next = place.map { min(max($0 + step, 0), names.count - 1) } ?? (step > 0 ? 0 : names.count - 1)
        marked = names[next]
    }

    /// From a space to its services, and from a service, or a lane of it, to its tools.
    private mutating func drillDown(_ tables: TopTables?) -> Step {
        guard let tables else { return .stays }
        let names = rows(tables).rows.map { $0[0].text }
        guard let name = marked.flatMap({ names.contains($0) ? $0 : nil }) ?? names.first else { return .stays }
        switch page {
        case .spaces: return .opens(space: name)
        case .services, .lanes: open(.tools(service: name))
        case .workers, .tools: break
        }
        return .stays
    }
}
