/** What a new topology file begins with: small, complete and without findings. */
export const newTopologyText = `version: 1
name: My topology

sites:
  Prod_Site:
    platform: vsphere
    networks:
      production: { cidr: 10.1.0.0/24 }
    vcenter: { address: 10.1.0.10, network: production }
    services: { ntp: 10.1.0.3 }
    zvm:
      os: linux
      license: true
      nics:
        production: { network: production, address: 10.1.0.20/24, gateway: 10.1.0.1 }
    datastores:
      ds-p1: { capacity: 2TiB, free: 1TiB }
    hosts:
      esx-p1:
        version: "8.0"
        ports: [22, 443]
        credentials: user
        vra: { memory: 3GiB, datastore: ds-p1, network: production, address: 10.1.0.21/24, gateway: 10.1.0.1 }
    vms:
      APP01:
        host: esx-p1
        changeRate: 1MiB/s
        nics:
          eth0: { network: production, address: 10.1.0.50/24 }
        disks:
          system: { size: 60GiB, datastore: ds-p1 }

  DR_Site:
    platform: vsphere
    networks:
      production: { cidr: 10.2.0.0/24 }
      test-bubble: { cidr: 10.2.0.0/24, isolated: true }
    vcenter: { address: 10.2.0.10, network: production }
    services: { ntp: 10.2.0.3 }
    zvm:
      os: linux
      license: true
      nics:
        production: { network: production, address: 10.2.0.20/24, gateway: 10.2.0.1 }
    datastores:
      ds-d1: { capacity: 4TiB, free: 3TiB }
    hosts:
      esx-d1:
        version: "8.0"
        ports: [22, 443]
        credentials: user
        vra: { memory: 3GiB, datastore: ds-d1, network: production, address: 10.2.0.21/24, gateway: 10.2.0.1 }

links:
  wan:
    joins: [Prod_Site/production, DR_Site/production]
    bandwidth: 100Mbit/s
    latency: 10ms

pairings:
  - [Prod_Site, DR_Site]

vpgs:
  app:
    from: Prod_Site
    to: DR_Site
    vms:
      APP01:
        recoveryHost: esx-d1
        datastore: ds-d1
        nics:
          eth0:
            failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }
            test: { network: test-bubble, address: dhcp }
    journal: { history: 4h, hardLimit: 150GiB }
    testEvery: 180d
    reverseProtection: true

drills:
  protected-zvm-down:
    describes: The ZVM of Prod_Site is off for half an hour
    duration: 2h
    steps:
      - { at: 30m, powerOff: Prod_Site/zvm }
      - at: 45m
        expect: { vpgs: { app: { health: error, replicating: true, rpo: not-measured } } }
      - { at: 1h, powerOn: Prod_Site/zvm }
    expect:
      vpgs:
        app:
          gaps: [{ from: 30m, to: 1h, within: 10s, cause: zvm-down }]
`;
