import Layout

/// What stands around the tiles: recording, trouble, chat, oneself.
extension SceneRenderer {
    /// Names of watchers that are written out.
    private static let maximumWatchers = 3

    /// Draws all of it over the tiles.
    func drawSigns(_ scene: Scene, letters: Int) throws(DisplayError) {
        let small = letters * 3 / 4
        try drawRecording(scene.status.recording, letters: small)
        try drawRight(scene, letters: small)
        if let banner = scene.status.banner {
            let label = Self.badge(banner, letters, width: size.width * 7 / 8)
            if let texture = try labels.texture(of: label) {
                copy(texture, x: (size.width - texture.size.width) / 2, y: letters * 5 / 2)
            }
        }
        try drawOwn(scene.status.own, letters: small)
        try drawChat(scene.status.chat, letters: small)
    }

    private func drawRecording(_ sign: RecordingSign?, letters: Int) throws(DisplayError) {
        guard let sign else { return }
        let label: Label =
            switch sign {
            case .recording: Label(text: "● REC", size: letters, color: .recording, strip: .strip)
            case .paused: Label(text: "Recording paused", size: letters, strip: .strip)
            case .off: Label(text: "Not recorded", size: letters, color: .dimText, strip: .strip)
            case .failed(let reason):
                Self.badge("Recording failed: \(reason)", letters, width: size.width / 2)
            }
        if let texture = try labels.texture(of: label) { copy(texture, x: letters, y: letters) }
    }

    /// In the upper right corner: that the loudspeaker is off, and who watches.
    private func drawRight(_ scene: Scene, letters: Int) throws(DisplayError) {
        var texts: [Label] = []
        if scene.isMuted { texts.append(Self.badge("Sound is off", letters)) }
        if !scene.watchers.isEmpty {
            let names = scene.watchers.prefix(Self.maximumWatchers)
            let more = scene.watchers.count - names.count
            let text = "watching: " + names.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
            texts.append(
                Label(text: text, size: letters, color: .dimText, width: size.width / 3, strip: .strip))
        }
        var y = letters
        for label in texts {
            guard let texture = try labels.texture(of: label) else { continue }
            copy(texture, x: size.width - texture.size.width - letters, y: y)
            y += texture.size.height + letters / 2
        }
    }

    private func drawOwn(_ own: OwnTile?, letters: Int) throws(DisplayError) {
        guard let own else { return }
        let width = min(max(size.width / 6, 96), 280)
        let rect = PixelRect(
            x: size.width - width - letters, y: size.height - width * 9 / 16 - letters, width: width,
            height: width * 9 / 16)
        fill(
            PixelRect(x: rect.x - 2, y: rect.y - 2, width: rect.width + 4, height: rect.height + 4),
            .background)
        fill(rect, .tile)
        if let picture = self.own {
            copyMirrored(picture, to: rect.letterbox(width: picture.size.width, height: picture.size.height))
        } else {
            try draw(Label(text: own.name, size: letters, width: width * 7 / 8), centeredIn: rect)
        }
        if own.isMuted {
            if let badge = try labels.texture(of: Self.badge("muted", letters)) {
                copy(badge, x: rect.x + 4, y: rect.y + rect.height - badge.size.height - 4)
            }
        } else if own.hasMicrophone {
            let room = width - 8
            let height = max(letters / 4, 3)
            let y = rect.y + rect.height - height - 4
            fill(PixelRect(x: rect.x + 4, y: y, width: room, height: height), .strip)
            fill(
                PixelRect(x: rect.x + 4, y: y, width: room * own.level / OwnTile.levels, height: height),
                .meter)
        }
    }

    private func drawChat(_ lines: [String], letters: Int) throws(DisplayError) {
        // Above the name of the lowest tile, which is large where it is alone.
        var y = size.height - 13 * letters / 2
        for line in lines.reversed() {
            let label = Label(text: line, size: letters, width: size.width / 2, strip: .panel)
            guard let texture = try labels.texture(of: label) else { continue }
            y -= texture.size.height
            guard y > 0 else { return }
            copy(texture, x: letters, y: y)
            y -= letters / 4
        }
    }
}
