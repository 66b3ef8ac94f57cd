/**
 * The deployment of the articles on the ZVM with two NICs and on installing VRAs, with every mistake
 * that their author made, was asked to make, or warns of. Two companies' sites move to one recovery
 * site; all three number their production networks alike, and two isolated networks join them.
 *
 * A line's comment names the rules that have to speak there, and nowhere else.
 */
export const everyMistake = `version: 1
name: The migration

sites:
  East:
    platform: vsphere
    networks:
      production: { cidr: 10.1.0.0/24 }
      isolated: { cidr: 192.168.100.0/24 }
    firewalls:
      # The exceptions that the ZVM needs were never asked for.
      - { between: [production, isolated], allow: [9669] } #! network/blocked-port x3
    vcenter: { address: 10.1.0.10, network: production }
    services: { dns: 10.1.0.2, ntp: 10.1.0.3, smtp: 10.1.0.4 }
    zvm:
      os: windows
      license: true
      nics:
        isolated: { network: isolated, address: 192.168.100.10/24, gateway: 192.168.100.1 }
    datastores:
      ds-e1: { capacity: 4TiB, free: 2TiB }
    hosts:
      esx-e1:
        version: "5.1"
        address: 10.1.0.31
        ports: [443] #! host/ports
        credentials: user #! host/root-password
        vra:
          memory: 512MiB #! vra/memory
          datastore: ds-e1
          network: isolated
          address: 192.168.100.21/24
          gateway: 192.168.100.1
          folder: VRAs
    backups:
      nightly: { excludeFolders: [Templates] } #! vra/in-backup
    vms:
      FS01:
        host: esx-e1
        changeRate: 512KiB/s
        nics:
          eth0: { network: production, address: 10.1.0.50/24 }
        disks:
          system: { size: 40GiB, datastore: ds-e1 }

  West:
    platform: vsphere
    networks:
      production: { cidr: 10.2.0.0/24 }
      isolated: { cidr: 192.168.200.0/24 }
    vcenter: { address: 10.2.0.10, network: production }
    services: { dns: 10.2.0.2, ntp: 10.2.0.3 }
    zvm: #! zvm/missing-route
      os: windows
      license: false #! zvm/no-license
      nics:
        production: { network: production, address: 10.2.0.120/24, gateway: 10.2.0.1 }
        isolated: { network: isolated, address: 192.168.200.10/24, gateway: 192.168.200.1 } #! zvm/two-default-gateways
      replicationNic: isolated
    datastores:
      ds-w1: { capacity: 4TiB, free: 2TiB }
    hosts:
      esx-w1:
        version: "4.0" #! host/version
        address: 10.2.0.131
        ports: [22, 443]
        credentials: root
        # Installed before anybody spoke of the isolated networks.
        vra: { memory: 2GiB, datastore: ds-w1, network: production, address: 10.2.0.121/24, gateway: 10.2.0.1 }
      esx-w2: #! vra/missing-on-host
        version: "6.7"
        address: 10.2.0.132
        ports: [22, 443]
        credentials: user
    vms:
      SQL01:
        host: esx-w1
        changeRate: 512KiB/s
        nics:
          eth0: { network: production, address: 10.2.0.151/24 }
        disks:
          system: { size: 40GiB, datastore: ds-w1 }
      WEB01:
        host: esx-w2
        changeRate: 256KiB/s
        nics:
          eth0: { network: production, address: 10.2.0.152/24 }
        disks:
          system: { size: 40GiB, datastore: ds-w1 }

  DR_Site:
    platform: vsphere
    networks:
      production: { cidr: 10.2.0.0/24 } #! network/overlap
      isolated: { cidr: 10.10.10.0/24 }
      test-bubble: { cidr: 10.2.0.0/24, isolated: true }
    vcenter: { address: 10.2.0.10, network: production }
    services: { dns: 10.2.0.2, ntp: 10.2.0.3, smtp: 10.2.0.4 }
    zvm:
      os: windows
      license: true
      nics:
        production: { network: production, address: 10.2.0.20/24, gateway: 10.2.0.1 }
        isolated: { network: isolated, address: 10.10.10.5/24 }
      replicationNic: isolated
      routes: #! zvm/missing-route
        - { to: 192.168.100.0/24, via: 10.10.10.1, nic: isolated } #! zvm/route-not-persistent
        - { to: 102.168.200.0/24, via: 10.10.10.1, nic: isolated, persistent: true } #! zvm/route-unknown-destination
    datastores:
      ds-d1: { capacity: 2TiB, free: 10GB } #! vra/datastore-space
      ds-d2: { capacity: 8TiB, free: 6TiB }
    hosts:
      esx-d1:
        version: "6.7"
        address: 10.2.0.31
        ports: [22, 443]
        credentials: user
        vra: #! vra/in-backup
          memory: 3GiB
          datastore: ds-d1
          network: isolated
          address: dhcp #! vra/dhcp
          gateway: 10.10.10.1
      esx-d2:
        version: "6.7"
        address: 10.2.0.32
        ports: [22, 443]
        credentials: user
        vra:
          memory: 3GiB
          datastore: ds-d2
          network: production
          address: 10.2.0.22/24
          gateway: 10.2.0.1
          folder: VRAs
    backups:
      nightly: { excludeFolders: [VRAs] }

links:
  mpls-east:
    joins: [East/isolated, DR_Site/isolated]
    bandwidth: 100Mbit/s
    latency: 12ms
    nat: true #! network/nat
  mpls-west:
    joins: [West/isolated, DR_Site/isolated]
    bandwidth: 100Mbit/s
    latency: 20ms

pairings:
  - [East, DR_Site]
  - [West, DR_Site]

vpgs:
  files:
    from: East
    to: DR_Site
    vms:
      FS01:
        recoveryHost: esx-d1
        datastore: ds-d2
        nics:
          eth0:
            failover: { network: production, address: 10.2.0.50/24, gateway: 10.2.0.1 }
            test: { network: test-bubble, address: dhcp }
    journal: { history: 4h, hardLimit: 150GiB }
    testEvery: 180d
    reverseProtection: true
  shop:
    from: West
    to: DR_Site
    vms:
      SQL01:
        recoveryHost: esx-d2
        datastore: ds-d2
        nics:
          eth0:
            failover: { network: production, address: 10.2.0.51/24, gateway: 10.2.0.1 }
            test: { network: test-bubble, address: dhcp }
      WEB01:
        recoveryHost: esx-d2
        datastore: ds-d2
        nics:
          eth0:
            failover: { network: production, address: 10.2.0.52/24, gateway: 10.2.0.1 }
            test: { network: test-bubble, address: dhcp }
    journal: { history: 4h, hardLimit: 150GiB }
    testEvery: 180d
    reverseProtection: true

drills:
  rehearsal:
    duration: 5m
    steps:
      - { at: 1m, write: { vm: FS01, size: 50MB, name: fonts } }
      - { at: 1m, write: { vm: WEB01, size: 50MB, name: pages } }
      - at: 3m
        failoverTest: { vpg: files, checkpoint: latest }
        expect: { result: success, contains: [fonts] }
      - at: 3m30s
        failoverTest: { vpg: shop, checkpoint: latest }
        expect: { result: success, contains: [pages] }
    expect:
      vpgs:
        files: { replicating: true, checkpoints: { atLeast: 55 }, noGaps: true }
        shop: { replicating: true, checkpoints: { atLeast: 55 }, noGaps: true }
`;
