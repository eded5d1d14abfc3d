using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DailyDigest.Storage;

namespace DailyDigest.Moving;

/// <summary>
/// The number of rows and the sum of their hashes. It is the same on each adapter, in any order: a row's hash is SHA-256 over table,
/// partition, key, and the properties in the order of their names. Versions and instants of the store are not part of it.
/// </summary>
/// <param name="Rows">The number of rows.</param>
/// <param name="High">The upper half of the sum, modulo 2^128.</param>
/// <param name="Low">The lower half of the sum, modulo 2^128.</param>
public readonly record struct ContentSum(long Rows, UInt128 High, UInt128 Low)
{
    /// <summary>The sum over rows of both.</summary>
    public static ContentSum operator +(ContentSum one, ContentSum other) =>
        new(one.Rows + other.Rows, unchecked(one.High + other.High), unchecked(one.Low + other.Low));

    /// <summary>The sum over both, for languages without operators.</summary>
    public static ContentSum Add(ContentSum left, ContentSum right) => left + right;

    /// <summary>The first 16 hex digits of the sum: enough to compare by eye.</summary>
    public string Digits => High.ToString("x32", CultureInfo.InvariantCulture)[..16];

    /// <summary>The sum of one row.</summary>
    public static ContentSum Of(string table, string partition, TableRow row)
    {
        var bytes = new ArrayBufferWriter<byte>(512);
        Write(bytes, table);
        Write(bytes, partition);
        Write(bytes, row.Key);
        foreach (var (name, value) in row.Properties.OrderBy(property => property.Key, StringComparer.Ordinal))
        {
            Write(bytes, name);
            Write(bytes, value);
        }

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.WrittenSpan, hash);
        return new ContentSum(1, BinaryPrimitives.ReadUInt128BigEndian(hash), BinaryPrimitives.ReadUInt128BigEndian(hash[16..]));
    }

    private static void Write(ArrayBufferWriter<byte> bytes, object value)
    {
        switch (value)
        {
            case string text:
                Tag(bytes, 's');
                Write(bytes, text);
                break;
            case bool flag:
                Number(bytes, 'b', flag ? 1 : 0);
                break;
            case long whole:
                Number(bytes, 'l', whole);
                break;
            case double real:
                // A negative zero does not survive JSON everywhere.
                Number(bytes, 'd', real == 0 ? 0 : BitConverter.DoubleToInt64Bits(real));
                break;
            case DateTimeOffset instant:
                Number(bytes, 't', instant.UtcTicks);
                break;
            case byte[] data:
                Number(bytes, 'y', data.Length);
                bytes.Write(data);
                break;
            default:
                throw new InvalidOperationException($"A {value.GetType().Name} is no property of a row.");
        }
    }

    private static void Write(ArrayBufferWriter<byte> bytes, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetSpan(sizeof(int)), length);
        bytes.Advance(sizeof(int));
        bytes.Advance(Encoding.UTF8.GetBytes(text, bytes.GetSpan(Math.Max(1, length))));
    }

    private static void Number(ArrayBufferWriter<byte> bytes, char type, long number)
    {
        Tag(bytes, type);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.GetSpan(sizeof(long)), number);
        bytes.Advance(sizeof(long));
    }

    private static void Tag(ArrayBufferWriter<byte> bytes, char type)
    {
        bytes.GetSpan(1)[0] = (byte)type;
        bytes.Advance(1);
    }
}
