/// What the view shows and how keys change it: no I/O.
struct TopView: Sendable, Equatable {
    enum Page: Sendable, Equatable {
        case services, lanes, workers
        /// The tools of a service.
        case tools(service: String)
    }

    private(set) var page = Page.services
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

    /// The rows as they are shown.
    func rows(_ tables: TopTables) -> (header: [String], rows: [[TopCell]]) {
        let table = table(tables)
        return (table.header, table.arranged(filter: filter, column: column, isDescending: isDescending))
    }

    private func table(_ tables: TopTables) -> TopTable {
        switch page {
        case .services: tables.services()
        case .lanes: tables.lanes()
        case .workers: tables.workers()
        case .tools(let service): tables.tools(of: service)
        }
    }

    /// - Parameter tables: What is shown now; `nil` where nothing was read yet.
    /// - Returns: Whether the view goes on.
    mutating func press(_ key: TopKey, _ tables: TopTables?) -> Bool {
        if key == .interrupt { return false }
        if isTyping {
            type(key)
            return true
        }
        switch key {
        case .character("q"): return false
        case .character("s"): open(.services)
        case .character("l"): open(.lanes)
        case .character("w"): open(.workers)
        case .tab: open(page == .services ? .lanes : page == .lanes ? .workers : .services)
        case .character("/"): isTyping = true
        case .character("r"): isDescending.toggle()
        case .character(">"), .right: sort(by: 1, tables)
        case .character("<"), .left: sort(by: -1, tables)
        case .up, .character("k"): mark(-1, tables)
        case .down, .character("j"): mark(1, tables)
        case .enter: drillDown(tables)
        case .escape, .backspace:
            if !filter.isEmpty { filter = "" } else if page != .services { open(.services) }
        default: break
        }
        return true
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
        self = TopView()
        self.page = page
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

    /// From a service, or a lane of it, to its tools.
    private mutating func drillDown(_ tables: TopTables?) {
        guard page == .services || page == .lanes, let tables else { return }
        let names = rows(tables).rows.map { $0[0].text }
        guard let service = marked.flatMap({ names.contains($0) ? $0 : nil }) ?? names.first else { return }
        open(.tools(service: service))
    }
}
