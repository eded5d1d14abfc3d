@export()
@description('Texts by name: tags, or app settings.')
type texts = {
  *: string
}
