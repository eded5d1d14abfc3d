using System.Globalization;
using System.Text;
using System.Xml.Linq;
using DailyDigest.Settings;
using DailyDigest.Storage;
using DailyDigest.Subscribers;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.Extensions.DependencyInjection;

namespace DailyDigest.Web;

/// <summary>
/// Keeps the keys that protect the desk's cookies, for all machines. Table KeyRing, partition <c>ring</c>; a row's key is its number. Two
/// machines that begin at once choose the same number; the second then uses the key of the first.
/// </summary>
internal sealed class KeyRing(ITableStore tables) : IXmlRepository
{
    private const string Partition = "ring";
    private const string Xml = "xml";
    private int next;

    /// <inheritdoc/>
    /// <remarks>The framework offers no asynchronous way. It reads at the start, and then about once a day.</remarks>
    public IReadOnlyCollection<XElement> GetAllElements()
    {
        var rows = Task.Run(() => tables.QueryAsync(
            Tables.KeyRing, Partition, RowRange.All, TableRules.MaxPage, CancellationToken.None)).GetAwaiter().GetResult();
        next = rows.Count + 1;
        return [.. rows.Select(row => row.Text(Xml)).OfType<string>().Select(XElement.Parse)];
    }

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        var row = new TableRow(next.ToString("D6", CultureInfo.InvariantCulture))
        {
            { Xml, element.ToString(SaveOptions.DisableFormatting) }, { "name", friendlyName },
        };
        Task.Run(() => tables.WriteAsync(Tables.KeyRing, Partition, TableWrite.Insert(row), CancellationToken.None))
            .GetAwaiter().GetResult();
    }
}

/// <summary>
/// Encrypts the key ring under a key derived from <c>Identity__Key</c> (HKDF, AES-GCM): a copy of the store alone forges no session.
/// </summary>
internal sealed class KeyRingCipher(IdentityOptions identity) : IXmlEncryptor
{
    /// <inheritdoc/>
    public EncryptedXmlInfo Encrypt(XElement plaintextElement)
    {
        var text = Encoding.UTF8.GetBytes(plaintextElement.ToString(SaveOptions.DisableFormatting));
        return new EncryptedXmlInfo(
            new XElement("sealed", Convert.ToBase64String(SealedBytes.Seal(Key(), text))), typeof(Decryptor));
    }

    private XElement Decrypt(XElement element) =>
        XElement.Parse(Encoding.UTF8.GetString(SealedBytes.Open(Key(), Convert.FromBase64String(element.Value))));

    private byte[] Key() => identity.Derive("desk key ring");

    /// <summary>Decrypts. The framework creates it from the name of its type in the stored key.</summary>
    internal sealed class Decryptor(IServiceProvider services) : IXmlDecryptor
    {
        /// <inheritdoc/>
        public XElement Decrypt(XElement encryptedElement) =>
            new KeyRingCipher(services.GetRequiredService<IdentityOptions>()).Decrypt(encryptedElement);
    }
}
