"""the unit's own page"""

import sqlalchemy as sa
from alembic import op

import dondoc.store.types
from sqlalchemy.dialects import postgresql

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('draft',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('form_key', sa.String(length=64), nullable=False),
    sa.Column('content', sa.JSON().with_variant(postgresql.JSONB(), 'postgresql'), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('saved_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_draft_assignment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_draft')),
    sa.UniqueConstraint('assignment_id', name=op.f('uq_draft_assignment_id'))
    )
    op.create_table('submit_code',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('nonce', sa.String(length=32), nullable=False),
    sa.Column('created_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('tries_left', sa.Integer(), nullable=False),
    sa.Column('used_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('used_for', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_submit_code_assignment_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_submit_code_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submit_code'))
    )
    with op.batch_alter_table('submit_code', schema=None) as batch_op:
        batch_op.create_index('ix_submit_code_assignment', ['assignment_id'], unique=False)

    op.create_table('unit_link',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('token_sha256', sa.String(length=64), nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('person_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('created_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('expires_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.Column('revoked_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.Column('revoked_by', sa.String(length=200), nullable=True),
    sa.Column('disowned_at', dondoc.store.types.Instant(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_unit_link_assignment_id')),
    sa.ForeignKeyConstraint(['person_id'], ['person.id'], name=op.f('fk_unit_link_person_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_link')),
    sa.UniqueConstraint('assignment_id', 'person_id', 'generation', name=op.f('uq_unit_link_assignment_id_person_id_generation')),
    sa.UniqueConstraint('token_sha256', name=op.f('uq_unit_link_token_sha256'))
    )
    with op.batch_alter_table('unit_link', schema=None) as batch_op:
        batch_op.create_index('ix_unit_link_disowned', ['disowned_at'], unique=False, sqlite_where=sa.text('disowned_at IS NOT NULL'), postgresql_where=sa.text('disowned_at IS NOT NULL'))

    op.create_table('upload',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('assignment_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('name', sa.String(length=255), nullable=False),
    sa.Column('size', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('received', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=True),
    sa.Column('kind', sa.String(length=10), nullable=True),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('begun_at', dondoc.store.types.Instant(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('partial', 'kept')", name=op.f('ck_upload_state')),
    sa.ForeignKeyConstraint(['assignment_id'], ['assignment.id'], name=op.f('fk_upload_assignment_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_upload'))
    )
    with op.batch_alter_table('upload', schema=None) as batch_op:
        batch_op.create_index('ix_upload_assignment', ['assignment_id'], unique=False)

    with op.batch_alter_table('submission', schema=None) as batch_op:
        batch_op.add_column(sa.Column('form_key', sa.String(length=64), nullable=True))
        batch_op.create_index('ix_submission_form_key', ['form_key'], unique=True)
