"""Cameras by gst-rtsp-server, one process for any number of them; driven by rig.ts.

First line on stdin: {"cameras": [...]} (fields as rig.ts sends them). Answer on stdout, one line: {"ports": [...]}.
Later lines are orders: {"mute": 0, "on": true} (the socket stays, no picture comes), {"resize": 0, "width": 640, "height": 360}.
It ends when stdin ends, so that no camera outlives its test.

Every picture carries the camera's id, a frame counter and a clock, as text and as the barcode of barcode.ts.
"""
import json
import os
import sys
import threading
import time

import gi

gi.require_version('Gst', '1.0')
gi.require_version('GstApp', '1.0')
gi.require_version('GstRtsp', '1.0')
gi.require_version('GstRtspServer', '1.0')
from gi.repository import Gio, GLib, Gst, GstApp, GstRtsp, GstRtspServer  # noqa: E402

Gst.init(None)

# 3 x 5 pixel digits and letters, rows from the top.
FONT = {
    '0': '75557', '1': '26227', '2': '71747', '3': '71717', '4': '55711', '5': '74717', '6': '74757',
    '7': '71111', '8': '75757', '9': '75717', ':': '02020', '.': '00002', ' ': '00000', 'C': '74447', 'A': '75755', 'M': '57755',
}

GRAIN = bytes(80 + i // 6 for i in range(256))

COLUMNS = 40
MAGIC = 0xB2


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = ((crc << 1) ^ 0x07 if crc & 0x80 else crc << 1) & 0xFF
    return crc


def barcode_bits(camera, counter, clock_ms):
    data = bytes([MAGIC, camera & 0xFF]) + (counter & 0xFFFFFF).to_bytes(3, 'big') + (clock_ms & 0xFFFFFFFF).to_bytes(4, 'big')
    data += bytes([crc8(data)])
    return [(byte >> (7 - bit)) & 1 for byte in data for bit in range(8)]


class Painter:
    """I420 pictures: a gradient that moves, a bar, text and barcode."""

    def __init__(self, camera, width, height):
        self.camera, self.width, self.height = camera, width, height
        # Wide enough to slide along: motion that costs bits, as a street does.
        ramp = bytes(60 + (i * 3) % 120 for i in range(width)) * 2
        self.ramp = ramp
        hue = camera * 47
        self.chroma = bytes([64 + hue % 128]) * (width * height // 4) + bytes([64 + (hue * 3) % 128]) * (width * height // 4)

    def paint(self, counter, clock_ms):
        width, height = self.width, self.height
        slide = (counter * 4) % width
        luma = bytearray(self.ramp[slide:slide + width] * height)
        bar = (counter * 8) % width
        end = min(width, bar + width // 16)
        for y in range(height // 2, height // 2 + height // 8):
            luma[y * width + bar:y * width + end] = b'\xd0' * (end - bar)
        # Grain, as at night: without it an encoder stays far below the bit rate it may use.
        rows = height // 6
        luma[-rows * width:] = os.urandom(rows * width).translate(GRAIN)
        self.cells(luma, barcode_bits(self.camera, counter, clock_ms))
        seconds, ms = divmod(clock_ms, 1000)
        clock = time.strftime('%H:%M:%S', time.gmtime(seconds)) + '.%03d' % ms
        scale = max(1, width // 160)
        self.text(luma, 'CAM %d' % self.camera, height // 5, 2 * scale)
        self.text(luma, '%06d' % counter, height * 2 // 3, scale)
        self.text(luma, clock, height * 4 // 5, scale)
        return bytes(luma) + self.chroma

    def cells(self, luma, bits):
        width, cell = self.width, self.width // COLUMNS
        for row in range(2):
            line = b''.join((b'\xeb' if bit else b'\x10') * cell for bit in bits[row * COLUMNS:(row + 1) * COLUMNS])
            for y in range(row * cell, (row + 1) * cell):
                luma[y * width:y * width + len(line)] = line

    def text(self, luma, words, top, scale):
        width = self.width
        left = width // 20
        for row in range(5):
            line = b''.join(
                b''.join((b'\xeb' if (int(FONT[char][row]) >> (2 - bit)) & 1 else b'\x10') * scale for bit in range(3)) + b'\x10' * scale
                for char in words)[:width - left]
            for y in range(top + row * scale, min(self.height, top + (row + 1) * scale)):
                luma[y * width + left:y * width + left + len(line)] = line


def raw_caps(camera):
    return 'video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1' % (camera['width'], camera['height'], camera['fps'])


def encoder(camera):
    codec, gop, kbit = camera['codec'], camera['gop'], max(1, camera['bitrate'] // 1000)
    if codec == 'h264':
        return ('x264enc tune=zerolatency speed-preset=ultrafast threads=1 bframes=0 key-int-max=%d bitrate=%d '
                'option-string=scenecut=0 ! video/x-h264,profile=constrained-baseline' % (gop, kbit))
    if codec == 'h265':
        return ('x265enc tune=zerolatency speed-preset=ultrafast key-int-max=%d bitrate=%d '
                'option-string=pools=1:frame-threads=1:scenecut=0:repeat-headers=1:log-level=none' % (gop, kbit))
    if codec == 'mjpeg':
        return 'jpegenc'
    return 'vp8enc deadline=1 keyframe-max-dist=%d target-bitrate=%d' % (gop, kbit * 1000)


VIDEO_PAY = {
    'h264': 'h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1',
    'h265': 'h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1',
    'mjpeg': 'rtpjpegpay name=pay0 pt=26',
    'vp8': 'rtpvp8pay name=pay0 pt=96',
}
AUDIO = {
    'pcmu': 'audio/x-raw,rate=8000,channels=1 ! mulawenc ! queue ! rtppcmupay name=pay1 pt=0',
    'pcma': 'audio/x-raw,rate=8000,channels=1 ! alawenc ! queue ! rtppcmapay name=pay1 pt=8',
    'aac': 'audio/x-raw,rate=16000,channels=1 ! avenc_aac bitrate=32000 ! aacparse ! queue ! rtpmp4gpay name=pay1 pt=97',
    'opus': 'audio/x-raw,rate=48000,channels=1 ! opusenc ! queue ! rtpopuspay name=pay1 pt=98',
}
METHODS = {
    'basic': GstRtsp.RTSPAuthMethod.BASIC,
    'digest': GstRtsp.RTSPAuthMethod.DIGEST,
}
PROTOCOLS = {
    'both': GstRtsp.RTSPLowerTrans.TCP | GstRtsp.RTSPLowerTrans.UDP,
    'tcp': GstRtsp.RTSPLowerTrans.TCP,
    'udp': GstRtsp.RTSPLowerTrans.UDP,
}


def encode_clip(camera):
    """One clip as a list of access units (bytes); it begins with a keyframe and its length is whole GOPs."""
    frames = camera['gop'] * max(1, round(2 * camera['fps'] / camera['gop']))
    parse = 'h265parse' if camera['codec'] == 'h265' else 'h264parse'
    caps = 'video/x-%s,stream-format=byte-stream,alignment=au' % camera['codec']
    pipeline = Gst.parse_launch(
        'appsrc name=src format=time caps=%s ! videoconvert ! %s ! %s config-interval=-1 ! %s ! appsink name=out sync=false max-buffers=0'
        % (raw_caps(camera), encoder(camera), parse, caps))
    source, out = pipeline.get_by_name('src'), pipeline.get_by_name('out')
    pipeline.set_state(Gst.State.PLAYING)
    painter = Painter(camera['id'], camera['width'], camera['height'])
    step = Gst.SECOND // camera['fps']
    for counter in range(frames):
        buffer = Gst.Buffer.new_wrapped(painter.paint(counter, counter * 1000 // camera['fps']))
        buffer.pts, buffer.duration = counter * step, step
        source.emit('push-buffer', buffer)
    source.emit('end-of-stream')
    units = []
    while True:
        sample = out.emit('pull-sample')
        if sample is None:
            break
        buffer = sample.get_buffer()
        units.append(buffer.extract_dup(0, buffer.get_size()))
    pipeline.set_state(Gst.State.NULL)
    return units


CLIPS = {}


def clip_of(camera):
    key = json.dumps([camera[field] for field in ('id', 'codec', 'width', 'height', 'fps', 'gop', 'bitrate')])
    if key not in CLIPS:
        CLIPS[key] = encode_clip(camera)
    return CLIPS[key]


def not_seekable(_pad, info):
    """audiotestsrc claims to be seekable; a PLAY with a Range is then answered with 503."""
    query = info.get_query()
    if query.type != Gst.QueryType.SEEKING:
        return Gst.PadProbeReturn.OK
    query.set_seeking(Gst.Format.TIME, False, 0, -1)
    return Gst.PadProbeReturn.HANDLED


def paced_by_its_source(_pipeline, _bin, element):
    """A live picture is sent when it is made. A sink that waits for the clock stood still now and then where there is sound, too."""
    if element.get_factory() is not None and element.get_factory().get_name() in ('appsink', 'multiudpsink', 'udpsink'):
        element.set_property('sync', False)
        element.connect('notify::sync', lambda sink, _: sink.get_property('sync') and sink.set_property('sync', False))


class Camera(GstRtspServer.RTSPMediaFactory):
    def __init__(self, camera):
        super().__init__()
        self.camera = camera
        self.muted = False
        self.counter = 0
        self.clip = clip_of(camera) if camera['clip'] else None
        self.set_shared(True)
        self.set_latency(0)
        self.set_protocols(PROTOCOLS[camera['transport']])
        # A camera never suspends: it is always at work.
        self.set_suspend_mode(GstRtspServer.RTSPSuspendMode.NONE)

    def do_create_element(self, _url):
        camera = self.camera
        if self.clip is None:
            video = 'appsrc name=src is-live=true do-timestamp=true format=time caps=%s ! videoconvert ! %s' % (raw_caps(camera), encoder(camera))
        else:
            video = ('appsrc name=src is-live=true do-timestamp=true format=time caps=video/x-%s,stream-format=byte-stream,alignment=au,framerate=%d/1'
                     % (camera['codec'], camera['fps']))
        line = '( %s ! queue ! %s' % (video, VIDEO_PAY[camera['codec']])
        if camera['audio'] != 'none':
            line += ' audiotestsrc name=tone is-live=true do-timestamp=true samplesperbuffer=320 freq=440 ! audioconvert ! audioresample ! %s' % AUDIO[camera['audio']]
        element = Gst.parse_launch(line + ' )')
        tone = element.get_by_name('tone')
        if tone is not None:
            tone.get_static_pad('src').add_probe(Gst.PadProbeType.QUERY_UPSTREAM, not_seekable)
        return element

    def do_configure(self, media):
        GstRtspServer.RTSPMediaFactory.do_configure(self, media)
        running = threading.Event()
        running.set()
        element = media.get_element()
        element.get_parent().connect('deep-element-added', paced_by_its_source)
        source = element.get_by_name_recurse_up('src')
        media.connect('unprepared', lambda _media: running.clear())
        threading.Thread(target=self.play, args=(source, running), daemon=True).start()

    def play(self, source, running):
        camera = self.camera
        painter = Painter(camera['id'], camera['width'], camera['height'])
        due = time.monotonic()
        position = 0
        while running.is_set():
            if not self.muted:
                if self.clip is not None:
                    payload = self.clip[position % len(self.clip)]
                    position += 1
                else:
                    if (painter.width, painter.height) != (camera['width'], camera['height']):
                        painter = Painter(camera['id'], camera['width'], camera['height'])
                        source.set_property('caps', Gst.Caps.from_string(raw_caps(camera)))
                    payload = painter.paint(self.counter, int(time.time() * 1000))
                self.counter += 1
                # Refused while the media changes its state (it flushes for a moment then): a camera's sensor goes on all the same.
                source.emit('push-buffer', Gst.Buffer.new_wrapped(payload))
            due += 1 / camera['fps']
            # After a stop (SIGSTOP) go on from now, as an encoder does.
            due = max(due, time.monotonic() - 0.2)
            time.sleep(max(0, due - time.monotonic()))


def secure(server, factory, camera):
    """Basic or Digest, and TLS; a server without either has no auth object at all."""
    if camera['auth'] == 'none' and camera['certificate'] is None:
        return
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string('media.factory.role', 'household')
    if camera['auth'] == 'none':
        auth.set_default_token(token)
    else:
        auth.set_supported_methods(METHODS[camera['auth']])
        auth.set_realm('test camera')
        if camera['auth'] == 'basic':
            auth.add_basic(GstRtspServer.RTSPAuth.make_basic(camera['user'], camera['password']), token)
        else:
            auth.add_digest(camera['user'], camera['password'], token)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role('household', 'media.factory.access', True)
    permissions.add_permission_for_role('household', 'media.factory.construct', True)
    factory.set_permissions(permissions)
    if camera['certificate'] is not None:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_files(camera['certificate'], camera['key']))
    server.set_auth(auth)


def serve(camera):
    server = GstRtspServer.RTSPServer()
    server.set_address('127.0.0.1')
    server.set_service(str(camera['port']))
    # The default pool of one thread serialises DESCRIBE of all cameras.
    server.get_thread_pool().set_max_threads(64)
    factory = Camera(camera)
    secure(server, factory, camera)
    server.get_mount_points().add_factory(camera['path'], factory)
    if server.attach(None) == 0:
        sys.exit('cannot listen on port %s' % camera['port'])
    return server, factory


def listen_to_orders(factories, loop):
    for line in sys.stdin:
        order = json.loads(line)
        if 'mute' in order:
            factories[order['mute']].muted = order['on']
        if 'resize' in order:
            factories[order['resize']].camera.update(width=order['width'], height=order['height'])
    loop.quit()


def main():
    cameras = json.loads(sys.stdin.readline())['cameras']
    loop = GLib.MainLoop()
    served = [serve(camera) for camera in cameras]
    print(json.dumps({'ports': [server.get_bound_port() for server, _ in served]}), flush=True)
    threading.Thread(target=listen_to_orders, args=([factory for _, factory in served], loop), daemon=True).start()
    loop.run()


main()
