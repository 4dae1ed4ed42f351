import fc from 'fast-check';
import { parseXml } from '../../../src/ims/subscription/xml.js';

describe('XML of user profiles', () => {
  it('XML 1.0 3.1: reads elements, empty ones, attributes with >, and takes prefixes off', () => {
    expect(parseXml('<?xml version="1.0"?>\n<cx:a b="1>2"><c/><d x=\'/\'> e </d ></cx:a>\n')).toEqual({
      name: 'a',
      text: '',
      children: [
        { name: 'c', text: '', children: [] },
        { name: 'd', text: 'e', children: [] },
      ],
    });
  });

  it('XML 1.0 2.4, 2.7, 4.1: resolves references, keeps CDATA, passes over comments', () => {
    expect(parseXml('<a>&lt;&#65;&#x42;<!-- <b> --><![CDATA[<&]]>&amp;</a>')?.text).toBe('<AB<&&');
  });

  it.each([
    ['', 'nothing'],
    ['<a>', 'no end tag'],
    ['<a></b>', 'another end tag'],
    ['</a>', 'an end tag alone'],
    ['<a/><b/>', 'two roots'],
    ['<a/>text', 'text outside'],
    ['<a>&unknown;</a>', 'an unknown entity'],
    ['<a>& </a>', 'a bare ampersand'],
    ['<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', 'a document type'],
    ['<a><!-- </a>', 'an open comment'],
    ['<a b="></a>', 'an open value'],
    ['< a/>', 'a space before the name'],
    ['<a>'.repeat(100) + '</a>'.repeat(100), 'too deep'],
  ])('refuses %j: %s', (xml) => {
    expect(parseXml(xml)).toBeUndefined();
  });

  it('never throws', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '/',
      'a',
      '</a>',
      '<a>',
      '&',
      ';',
      '#',
      '<!--',
      '-->',
      '"',
      ' ',
      '<![CDATA[',
      ']]>',
    );
    fc.assert(fc.property(fc.array(piece), (pieces) => void parseXml(pieces.join(''))));
  });
});
