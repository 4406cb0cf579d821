internal import CV4L2
internal import Glibc

/// The most controls, and entries of one menu, that are listed of a device.
private let controlLimit = 1024

extension V4L2Device {
    /// The controls of the device, in the driver's order; headings and disabled ones left out.
    func controls() -> [CameraControl] {
        var controls: [CameraControl] = []
        var query = v4l2_queryctrl()
        for _ in 0..<controlLimit {
            let previous = query.id
            query = v4l2_queryctrl()
            query.id = previous | convene_ctrl_flag_next_ctrl
            // A driver that does not go on from the last one would be asked forever.
            guard perform(convene_vidioc_queryctrl, &query) == 0, query.id > previous else { break }
            let isHidden =
                query.flags & convene_ctrl_flag_disabled != 0 || query.type == convene_ctrl_type_class
            if !isHidden { controls.append(control(&query)) }
        }
        return controls
    }

    /// Gives the controls the values asked for, in that order.
    func apply(_ settings: [ControlSetting]) throws(CaptureError) {
        for setting in settings {
            // Asked anew each time: one control can make another settable.
            let controls = controls()
            let name = setting.name.lowercased()
            guard let control = controls.first(where: { $0.name == name }) else {
                throw .unknownControl(path: path, name: setting.name, valid: controls.map(\.name).sorted())
            }
            let number = try control.number(from: setting.value, path: path)
            if let obstacle = control.obstacle {
                throw .controlNotSettable(path: path, name: name, reason: obstacle)
            }
            try set(control, to: number, as: setting)
        }
    }

    private func set(
        _ control: CameraControl, to number: Int, as setting: ControlSetting
    ) throws(CaptureError) {
        var value = v4l2_control()
        value.id = control.id
        value.value = Int32(truncatingIfNeeded: number)
        switch perform(convene_vidioc_s_ctrl, &value) {
        case 0: return
        case ERANGE, EINVAL:
            throw .controlValue(
                path: path, name: control.name, value: setting.value, valid: control.validValues)
        case EBUSY, EACCES:
            throw .controlNotSettable(path: path, name: control.name, reason: "the driver has locked it")
        case let code: throw .from(errno: code, path: path, operation: "VIDIOC_S_CTRL")
        }
    }

    private func control(_ query: inout v4l2_queryctrl) -> CameraControl {
        let kind = kind(of: query.type)
        // All 32 bits of a bitmask are bits.
        let number: (Int32) -> Int = { kind == .bitmask ? Int(UInt32(bitPattern: $0)) : Int($0) }
        var value: Int?
        if kind != .button, kind != .other, query.flags & convene_ctrl_flag_write_only == 0 {
            var request = v4l2_control()
            request.id = query.id
            if perform(convene_vidioc_g_ctrl, &request) == 0 { value = number(request.value) }
        }
        return CameraControl(
            id: query.id, name: CameraControl.name(fromTitle: text(&query.name)), kind: kind,
            minimum: number(query.minimum), maximum: number(query.maximum), step: Int(query.step),
            defaultValue: number(query.default_value), value: value,
            menu: kind == .menu ? menu(query) : [], obstacle: obstacle(query.flags))
    }

    private func kind(of type: UInt32) -> CameraControl.Kind {
        switch type {
        case convene_ctrl_type_integer: .integer
        case convene_ctrl_type_boolean: .boolean
        case convene_ctrl_type_menu, convene_ctrl_type_integer_menu: .menu
        case convene_ctrl_type_button: .button
        case convene_ctrl_type_bitmask: .bitmask
        default: .other
        }
    }

    private func obstacle(_ flags: UInt32) -> String? {
        if flags & convene_ctrl_flag_read_only != 0 { return "it is read-only" }
        if flags & convene_ctrl_flag_grabbed != 0 { return "another program holds it" }
        if flags & convene_ctrl_flag_inactive != 0 {
            return "another control, usually an automatic one, rules it"
        }
        return nil
    }

    private func menu(_ query: v4l2_queryctrl) -> [CameraControl.MenuItem] {
        guard query.minimum >= 0, query.maximum >= query.minimum else { return [] }
        let last = min(query.maximum, query.minimum.addingReportingOverflow(Int32(controlLimit)).partialValue)
        var items: [CameraControl.MenuItem] = []
        for index in query.minimum...max(last, query.minimum) {
            var item = v4l2_querymenu()
            item.id = query.id
            item.index = UInt32(index)
            // Menus may have holes.
            guard perform(convene_vidioc_querymenu, &item) == 0 else { continue }
            let name =
                query.type == convene_ctrl_type_integer_menu
                ? "\(convene_menu_value(&item))" : text(&item.name)
            items.append(CameraControl.MenuItem(value: Int(index), name: name))
        }
        return items
    }
}
