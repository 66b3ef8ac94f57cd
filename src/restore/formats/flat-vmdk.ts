/**
 * A flat VMDK: the content of the disk in a file of its own, and a text beside it that says so.
 * Layout: VMware, "Virtual Disk Format 5.0" (2011), the descriptor of a `vmfs` disk.
 */

/**
 * The descriptor.
 *
 * @param size of the disk in bytes, a multiple of 512
 * @param flatName the name of the file beside it that holds the content
 * @param contentId 32 bits that change with the content
 */
export function vmdkDescriptor(size: number, flatName: string, contentId: number): string {
  const heads = 255;
  const sectors = 63;
  const cylinders = Math.max(1, Math.floor(size / 512 / heads / sectors));
  // All ones would say that there is a parent; VMware writes eight digits.
  const id = (contentId >>> 0 === 0xffff_ffff ? 1 : contentId >>> 0).toString(16).padStart(8, '0');
  return `# Disk DescriptorFile
version=1
CID=${id}
parentCID=ffffffff
createType="vmfs"

# Extent description
RW ${size / 512} VMFS "${flatName}"

# The Disk Data Base
#DDB

ddb.virtualHWVersion = "14"
ddb.geometry.cylinders = "${cylinders}"
ddb.geometry.heads = "${heads}"
ddb.geometry.sectors = "${sectors}"
ddb.adapterType = "lsilogic"
`;
}
