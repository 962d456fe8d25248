import { describe, expect, it } from 'vitest';
import { parseCameraAddress } from './address.ts';
import { otherWay, tunnelInstead, waysOf, type Attempt } from './ways.ts';

const plain = parseCameraAddress('rtsp://10.0.0.9/x').address;
const secure = parseCameraAddress('rtsps://10.0.0.9/x').address;
const mute: Attempt = { code: 'rtsp.silent', hadPicture: false, transport: 'tcp', wasAnswered: true };

describe('ways to ask a camera', () => {
  it('begin with TCP; only a plain address goes on to UDP, and nothing where one was chosen', () => {
    expect(waysOf(plain).transports).toEqual(['tcp', 'udp']);
    expect(waysOf(secure).transports).toEqual(['tcp']);
    expect(waysOf(plain, 'udp').transports).toEqual(['udp']);
  });

  it('begin with what was learned, as far as it is allowed', () => {
    const learned = { transport: 'udp', asksOptions: false, range: true } as const;
    expect(waysOf(plain, 'auto', learned)).toEqual({
      ...{ address: plain, transports: ['udp', 'tcp'], asksOptions: false, range: true },
    });
    expect(waysOf(secure, 'auto', learned).transports).toEqual(['tcp']);
    expect(waysOf(plain, 'tcp', learned).transports).toEqual(['tcp']);
  });

  it('go on to UDP where TCP is mute or answered by something else, and end there', () => {
    for (const code of ['rtsp.silent', 'rtsp.transport'] as const)
      expect(otherWay(waysOf(plain), { ...mute, code })?.transports).toEqual(['udp']);
    expect(otherWay({ ...waysOf(plain), transports: ['udp'] }, { ...mute, transport: 'udp' })).toBeUndefined();
    expect(otherWay(waysOf(secure), mute)).toBeUndefined();
  });

  it('leave OPTIONS out where it is hung up on before anything was answered', () => {
    const hungUp: Attempt = { code: 'rtsp.ended', hadPicture: false, transport: undefined, wasAnswered: false };
    const next = otherWay(waysOf(plain), hungUp);
    expect(next).toMatchObject({ asksOptions: false, transports: ['tcp', 'udp'] });
    expect(next && otherWay(next, hungUp)).toBeUndefined();
    expect(otherWay(waysOf(plain), { ...hungUp, wasAnswered: true })).toBeUndefined();
  });

  it('go through a tunnel on port 80 where nothing listens on 554, and nowhere else', () => {
    const tunnel = tunnelInstead(waysOf(plain), 'rtsp.refused');
    expect(tunnel?.address).toEqual(parseCameraAddress('http://10.0.0.9/x').address);
    expect(tunnel?.transports).toEqual(['tcp']);
    expect(tunnel && tunnelInstead(tunnel, 'rtsp.refused')).toBeUndefined();
    expect(tunnelInstead(waysOf(plain, 'udp'), 'rtsp.refused')).toBeUndefined();
    for (const address of [secure, parseCameraAddress('rtsp://10.0.0.9:8554/x').address])
      expect(tunnelInstead(waysOf(address), 'rtsp.refused')).toBeUndefined();
    for (const code of ['rtsp.unreachable', 'rtsp.ended', 'rtsp.not-rtsp', 'rtsp.silent'] as const)
      expect(tunnelInstead(waysOf(plain), code)).toBeUndefined();
  });

  it('are TCP inside a tunnel, whatever is wanted', () => {
    const { address } = parseCameraAddress('https://10.0.0.9/x');
    expect(waysOf(address, 'udp').transports).toEqual(['tcp']);
  });

  it('are not changed after a picture, nor for a reason that another way cannot mend', () => {
    expect(otherWay(waysOf(plain), { ...mute, hadPicture: true })).toBeUndefined();
    for (const code of ['rtsp.password', 'rtsp.not-found', 'rtsp.busy', 'rtsp.codec', 'rtsp.unreachable'] as const)
      expect(otherWay(waysOf(plain), { ...mute, code })).toBeUndefined();
  });
});
