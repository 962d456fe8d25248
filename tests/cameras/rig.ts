/**
 * Cameras that no one here wrote, for tests and figures: gst-rtsp-server and VLC as child processes.
 * A rig is one server process with any number of cameras; kill it and the camera dies, stop it (SIGSTOP) and the camera hangs.
 */
export interface CameraOptions {
  /** 0..255, burnt into the picture as text and barcode (barcode.ts). Default 1. */
  readonly id?: number;
  /** Default 'h264'. mjpeg and vp8 are what Sealcam cannot carry. */
  readonly codec?: 'h264' | 'h265' | 'mjpeg' | 'vp8';
  readonly audio?: 'none' | 'pcmu' | 'pcma' | 'aac' | 'opus';
  readonly auth?: 'none' | 'basic' | 'digest';
  /** What the server lets clients use. Default 'both'. */
  readonly transport?: 'both' | 'tcp' | 'udp';
  readonly fps?: number;
  readonly width?: number;
  readonly height?: number;
  /** Frames between keyframes. Default: fps. */
  readonly gop?: number;
  /** Bits a second. Default: by size. */
  readonly bitrate?: number;
  /** Encode once, loop for ever: for load. The clock and counter in the pixels are then those of the clip. */
  readonly clip?: boolean;
  /** Port to listen on; default a free one. Give the old one to come back after a kill. */
  readonly port?: number;
  /** rtsps:// with a certificate made for this camera. */
  readonly tls?: boolean;
}

export interface TestCamera {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** CPU is this process's: subtract it from figures. */
  readonly pid: number;
  /** SIGKILL: a camera that dies. Resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGSTOP: a camera that hangs with its sockets open. */
  hang(): void;
  /** SIGCONT. */
  resume(): void;
  /** Ends the process and removes its files. Idempotent. */
  stop(): Promise<void>;
}

export declare function startCamera(options?: CameraOptions): Promise<TestCamera>;
/** Many cameras in one process (paths /1, /2 …), for load. One TestCamera each; stopping one stops all. */
export declare function startCameras(options: readonly CameraOptions[]): Promise<TestCamera[]>;
