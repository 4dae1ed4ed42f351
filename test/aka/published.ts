/** Numbers published in TS 35.208 4.3 (sets 1, 3, 9 and 20). */
export interface MilenageSet {
  readonly id: string;
  readonly k: string;
  readonly rand: string;
  readonly sqn: string;
  readonly amf: string;
  readonly op: string;
  readonly opc: string;
  readonly f1: string;
  readonly f1star: string;
  readonly f2: string;
  readonly f3: string;
  readonly f4: string;
  readonly f5: string;
  readonly f5star: string;
  readonly derived?: { readonly autn: string; readonly auts_for_same_sqn_amf0000: string };
}

export const publishedSets: readonly MilenageSet[] = [
  {
    id: 'TS 35.208 4.3.1',
    k: '465b5ce8b199b49faa5f0a2ee238a6bc',
    rand: '23553cbe9637a89d218ae64dae47bf35',
    sqn: 'ff9bb4d0b607',
    amf: 'b9b9',
    op: 'cdc202d5123e20f62b6d676ac72cb318',
    opc: 'cd63cb71954a9f4e48a5994e37a02baf',
    f1: '4a9ffac354dfafb3',
    f1star: '01cfaf9ec4e871e9',
    f2: 'a54211d5e3ba50bf',
    f3: 'b40ba9a3c58b2a05bbf0d987b21bf8cb',
    f4: 'f769bcd751044604127672711c6d3441',
    f5: 'aa689c648370',
    f5star: '451e8beca43b',
  },
  {
    id: 'TS 35.208 4.3.3',
    k: 'fec86ba6eb707ed08905757b1bb44b8f',
    rand: '9f7c8d021accf4db213ccff0c7f71a6a',
    sqn: '9d0277595ffc',
    amf: '725c',
    op: 'dbc59adcb6f9a0ef735477b7fadf8374',
    opc: '1006020f0a478bf6b699f15c062e42b3',
    f1: '9cabc3e99baf7281',
    f1star: '95814ba2b3044324',
    f2: '8011c48c0c214ed2',
    f3: '5dbdbb2954e8f3cde665b046179a5098',
    f4: '59a92d3b476a0443487055cf88b2307b',
    f5: '33484dc2136b',
    f5star: 'deacdd848cc6',
  },
  {
    id: 'TS 35.208 4.3.9',
    k: 'd9151cf04896e25830bf2e08267b8360',
    rand: 'f761e5e93d603feb730e27556cb8a2ca',
    sqn: '47ee0199820a',
    amf: '9113',
    op: '75fc2233a44294ee8e6de25c4353d26b',
    opc: 'c4c93effe8a08138c203d4c27ce4e3d9',
    f1: '66cc4be44862af1f',
    f1star: '7a4b8d7a8753f246',
    f2: '4a90b2171ac83a76',
    f3: '71236b7129f9b22ab77ea7a54c96da22',
    f4: '90527ebaa5588968db41727325a04d9e',
    f5: '82a0f5287a71',
    f5star: '527dbf41f35f',
  },
  {
    id: 'TS 35.208 4.3.20',
    k: '90dca4eda45b53cf0f12d7c9c3bc6a89',
    rand: '9fddc72092c6ad036b6e464789315b78',
    sqn: '20f813bd4141',
    amf: '61df',
    op: '3ffcfe5b7b1111589920d3528e84e655',
    opc: 'cb9cccc4b9258e6dca4760379fb82581',
    f1: '09db94eab4f8149e',
    f1star: 'a29468aa9775b527',
    f2: 'a95100e2760952cd',
    f3: 'b5f2da03883b69f96bf52e029ed9ac45',
    f4: 'b4721368bc16ea67875c5598688bb0ef',
    f5: '83cfd54db913',
    f5star: '4f2039392ddc',
  },
];

export const hex = (text: string) => Buffer.from(text, 'hex');
