/** The XML that documents of the package need, against fast-xml-parser where it says the same. */

import fc from 'fast-check';
import { XMLValidator } from 'fast-xml-parser';
import { formatRegInfo } from '../../../src/ims/reg-event/index.js';
import { readXml } from '../../../src/ims/reg-event/xml-reader.js';

describe('readXml', () => {
  it('elements, attributes, text, references, CDATA, comments', () => {
    const root = readXml(`\ufeff<?xml version="1.0"?><!-- a > b --><p:a x='1 "2"' y = "&lt;&#65;&#x42;&unknown;">
      one<b/> two <![CDATA[<&amp;>]]><!-- no --><q:b z=""></q:b ></p:a> `);
    expect(root).toMatchObject({ name: 'a', qualifiedName: 'p:a' });
    expect(root?.text.replace(/\s+/g, ' ')).toBe(' one two <&amp;>');
    expect([root?.attribute('x'), root?.attribute('y'), root?.attribute('z')]).toEqual([
      '1 "2"',
      '<AB&unknown;',
      undefined,
    ]);
    expect(root?.childrenOf('b').map(({ qualifiedName }) => qualifiedName)).toEqual(['b', 'q:b']);
    expect(root?.children[1]?.attribute('z')).toBe('');
  });

  it.each([
    '',
    'text',
    '<a>',
    '<a></b>',
    '</a>',
    '<a/><b/>',
    '<a/>text',
    '<a',
    '<a b>',
    '<a b=c/>',
    '<a b="c/>',
    '<a b="1"c="2"/>',
    '< a/>',
    '<a/ >',
    '<!-- <a/>',
    '<![CDATA[x]]><a/>',
    '<a><![CDATA[x</a>',
    '<!DOCTYPE a><a/>',
    '<?xml <a/>',
    `${'<a>'.repeat(30)}${'</a>'.repeat(30)}`,
  ])('%s is none', (xml) => {
    expect(readXml(xml)).toBeUndefined();
  });

  it('never throws, and what it takes of elements and text fast-xml-parser calls well-formed', () => {
    const piece = fc.constantFrom(
      '<a>',
      '</a>',
      '<b c="d">',
      '</b>',
      '<e/>',
      'text',
      '&amp;',
      '<!-- f -->',
      '<![CDATA[g]]>',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const xml = `<r>${pieces.join('')}</r>`;
        expect(readXml(xml) !== undefined).toBe(XMLValidator.validate(xml) === true);
      }),
    );
    fc.assert(fc.property(fc.string(), (xml) => expect(() => readXml(`<a ${xml}`)).not.toThrow()));
  });

  it('what formatRegInfo writes fast-xml-parser calls well-formed, whatever the texts are', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const contact = {
          id: text,
          uri: text,
          state: 'active',
          event: 'created',
          unknownParams: [[text, text]],
        } as const;
        const registrations = [{ aor: text, id: text, state: 'active', contacts: [contact] }] as const;
        expect(XMLValidator.validate(formatRegInfo({ version: 0, state: 'full', registrations }))).toBe(true);
      }),
    );
  });
});
